//! Connections and rules of a caller's own.

#[path = "../../examples/own_connection.rs"]
mod example;

#[test]
fn the_example_goes_through_all_doors() {
    insta::assert_snapshot!(example::run().unwrap());
}
