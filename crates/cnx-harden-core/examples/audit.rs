fn main() {
    let texts: Vec<(String, String)> = std::env::args()
        .skip(1)
        .map(|p| {
            let t = std::fs::read_to_string(&p).unwrap();
            (p, t)
        })
        .collect();
    let sources: Vec<_> = texts
        .iter()
        .map(|(n, t)| cnx_harden_core::Source { name: n, text: t })
        .collect();
    let a = cnx_harden_core::audit::audit(
        &sources,
        &cnx_harden_core::audit::AuditOptions {
            certificates: Some(cnx_certs::Policy::at(cnx_certs::UnixTime::now())),
            ..Default::default()
        },
    );
    for f in &a.findings {
        println!(
            "{} | {:?} {:?} fix={} {}",
            f.finding,
            f.field,
            f.span
                .of(sources[f.source].text)
                .chars()
                .take(60)
                .collect::<String>(),
            f.fix.is_some(),
            f.fingerprint
        );
    }
}
