//! The example does what it says.

#[path = "../../examples/splice.rs"]
mod splice;

#[test]
fn any_yaml_is_spliced() {
    let wanted = "\
# The front.
name: web
replicas: 3     # for now
env:
- {name: MODE, value: live}
image: web:2
tier: front
";
    assert_eq!(splice::run().unwrap(), wanted);
}
