//! The pages quote what Go says: its words in the catalogue are those that
//! kubectl was seen to say (`agreement/go.rs`).

use cnx_certs::Code;

use crate::catalogue::cases;

/// As many words in a row are quoted at the least.
const QUOTED: usize = 3;

/// Words of Go that have no place on a page: of forms too rare to quote.
const UNQUOTED: [&str; 3] = [
    "certificate contains duplicate extension",
    "inner and outer signature algorithm identifiers",
    "failed to parse private key",
];

#[test]
fn the_pages_quote_go() {
    let mut quoted = 0;
    for case in cases() {
        let expected = &case.expected;
        let errors = expected.findings.iter();
        let errors = errors.filter_map(|finding| finding.strip_prefix("error "));
        let codes: Vec<Code> = errors.map(|code| code.parse().unwrap()).collect();
        let go = expected.go.as_str();
        let rare = UNQUOTED.iter().any(|words| go.contains(words));
        if go == "accepts" || rare || expected.role != "apiserver" || codes.is_empty() {
            continue;
        }
        let pages: String = codes.iter().map(|code| code.page()).collect();
        let page = pages.split_whitespace().collect::<Vec<_>>().join(" ");
        let words: Vec<_> = go.split_whitespace().collect();
        let length = QUOTED.min(words.len());
        let found = words
            .windows(length)
            .any(|run| page.contains(&run.join(" ")));
        assert!(found, "{}: {codes:?} does not say: {go}", case.name);
        quoted += 1;
    }
    assert!(quoted > 60, "{quoted}");
}
