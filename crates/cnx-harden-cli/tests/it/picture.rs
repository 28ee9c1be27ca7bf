//! The page in a browser. `CNX_HARDEN_SCREENSHOTS=DIR` keeps what it looks like.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::browser::Browser;
use crate::common::{program, stderr};
use crate::sets;

const LINKS: [&str; 10] = [
    "browser--manager",
    "kube-apiserver--api-server",
    "kube-apiserver--query-server",
    "api-server--etcd",
    "query-server--etcd",
    "kube-controllers--etcd",
    "calicoctl--etcd",
    "typha--etcd",
    "calico-node--etcd",
    "calico-node--typha",
];

/// Writes the page of some manifests.
fn page(folder: &Path, set: &str, args: &[&str]) -> PathBuf {
    let path = folder.join(format!("{set}.html"));
    let output = program()
        .current_dir(folder)
        .args(["report", "--html"])
        .arg(&path)
        .args(if args.is_empty() {
            &["--as-of", "2026-01-01"][..]
        } else {
            args
        })
        .arg(set)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    path
}

fn states(browser: &mut Browser) -> BTreeMap<String, String> {
    let states = browser.eval(
        "Object.fromEntries([...document.querySelectorAll('.wide .link')]\
         .map(a => [a.id.replace('link-', ''), a.dataset.state]))",
    );
    serde_json::from_value(states).unwrap()
}

/// Nothing is said, and nothing is asked for but the page.
fn assert_quiet(browser: &Browser) {
    assert_eq!(browser.complaints(), Vec::<&serde_json::Value>::new());
    let foreign = browser
        .requests()
        .into_iter()
        .filter(|url| !url.starts_with("data:"));
    assert_eq!(foreign.count(), 1, "{:?}", browser.requests());
}

#[test]
fn the_states_are_right_and_nothing_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    sets::write(folder.path());
    let mut browser = Browser::start();
    let sets = [
        (
            "upstream",
            [
                "unknown",
                "not-verified",
                "not-verified",
                "plain",
                "plain",
                "plain",
                "plain",
                "plain",
                "plain",
                "plain",
            ],
        ),
        (
            "half",
            [
                "verified",
                "broken",
                "not-verified",
                "mutual",
                "mutual",
                "mutual",
                "broken",
                "mutual",
                "mutual",
                "broken",
            ],
        ),
        (
            "hardened",
            [
                "verified",
                "verified",
                "not-verified",
                "mutual",
                "mutual",
                "mutual",
                "mutual",
                "mutual",
                "mutual",
                "mutual",
            ],
        ),
    ];
    for (set, wanted) in sets {
        browser.look(1200, 900, "light", "screen");
        browser.open(&page(folder.path(), set, &[]));
        let wanted = LINKS.into_iter().zip(wanted);
        let wanted: BTreeMap<_, _> = wanted.map(|(l, s)| (l.to_owned(), s.to_owned())).collect();
        assert_eq!(states(&mut browser), wanted, "{set}");
        // The row says the same as the line.
        for (link, state) in &wanted {
            let badge = format!("document.querySelector('#row-{link} .badge').textContent");
            let said = browser.eval(&badge);
            assert_eq!(said, state.replace('-', " "), "{link}");
        }
        assert_quiet(&browser);
        for scheme in ["light", "dark"] {
            browser.look(1200, 900, scheme, "screen");
            browser.picture(&format!("{set}-{scheme}"));
        }
        browser.look(400, 800, "light", "screen");
        browser.picture(&format!("{set}-narrow"));
        browser.look(1200, 900, "dark", "");
        browser.print(set);
    }
}

/// What cards can be seen.
fn cards(browser: &mut Browser) -> serde_json::Value {
    browser.eval(
        "[...document.querySelectorAll('.card, .hint')]\
         .filter(e => getComputedStyle(e).visibility === 'visible'\
         && getComputedStyle(e).display !== 'none').map(e => e.id)",
    )
}

#[test]
fn pointing_and_the_keyboard_show_the_same() {
    let folder = tempfile::tempdir().unwrap();
    sets::write(folder.path());
    let mut browser = Browser::start();
    browser.look(1200, 900, "light", "screen");
    browser.open(&page(folder.path(), "half", &[]));
    assert_eq!(cards(&mut browser), serde_json::json!([""]), "the hint");
    for link in LINKS {
        // On the line itself, beside its label.
        let at = browser.eval(&format!(
            "(() => {{ const r = document.querySelector('#link-{link} .line')\
             .getBoundingClientRect(); return [r.left + 12, r.top + r.height / 2] }})()"
        ));
        browser.hover(at[0].as_f64().unwrap(), at[1].as_f64().unwrap());
        assert_eq!(
            cards(&mut browser),
            serde_json::json!([format!("card-{link}")])
        );
    }
    browser.picture("hover");
    browser.hover(1.0, 1.0);
    assert_eq!(cards(&mut browser), serde_json::json!([""]));
    for link in LINKS {
        browser.press("Tab", 9);
        let active = browser.eval("document.activeElement.id");
        assert_eq!(active, format!("link-{link}"));
        assert_eq!(
            cards(&mut browser),
            serde_json::json!([format!("card-{link}")])
        );
        let ring = format!("getComputedStyle(document.querySelector('#link-{link} .ring')).stroke");
        assert_ne!(browser.eval(&ring), "none", "the focus is seen");
    }
    browser.picture("focus");
    browser.press("Enter", 13);
    assert_eq!(browser.eval("location.hash"), "#row-calico-node--typha");
    assert_eq!(
        browser.eval("document.activeElement.id"),
        "row-calico-node--typha"
    );
    let seen = "(() => { const r = document.activeElement.getBoundingClientRect();\
                return r.top >= 0 && r.top < innerHeight })()";
    assert_eq!(browser.eval(seen), true);
    browser.picture("jumped");
    // And back by the row's own link.
    browser.press("Tab", 9);
    browser.press("Enter", 13);
    assert_eq!(
        browser.eval("document.activeElement.id"),
        "link-calico-node--typha"
    );
    assert_quiet(&browser);
    // The same where the window is narrow.
    browser.look(400, 800, "light", "screen");
    browser.open(&page(folder.path(), "half", &[]));
    browser.press("Tab", 9);
    let active = browser.eval("document.activeElement.id");
    assert_eq!(active, "line-browser--manager");
    let shown = serde_json::json!(["card-browser--manager"]);
    assert_eq!(cards(&mut browser), shown);
    browser.press("Enter", 13);
    let active = browser.eval("document.activeElement.id");
    assert_eq!(active, "row-browser--manager");
}

/// Sheets where no certificate is valid, each with its findings.
const WORST: usize = 3;

/// Connections whose accessible name lacks what is drawn, as who speaks to a computer says it.
const UNSPOKEN: &str = r"
(() => {
  const words = text => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
  return [...document.querySelectorAll('a.link')]
    .map(a => [words(a.getAttribute('aria-label')),
               words([...a.querySelectorAll('text')].map(t => t.textContent).join(' '))])
    .filter(([name, seen]) => !name.includes(seen));
})()";

/// Texts that leave their boxes, or meet others.
const CROWDED: &str = r"
(() => {
  const wrong = [];
  const small = matchMedia('print').matches ? 9 : 10;
  const seen = [...document.querySelectorAll('svg')].find(s => s.getBoundingClientRect().width);
  const svg = seen.getBoundingClientRect();
  const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1
    && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const texts = [...seen.querySelectorAll('text')];
  const boxes = new Map(texts.map(t => [t, t.getBoundingClientRect()]));
  for (const text of texts) {
    const size = parseFloat(getComputedStyle(text).fontSize) * seen.getScreenCTM().a;
    if (size < small) wrong.push(['small', text.textContent, size]);
    if (!inside(boxes.get(text), svg)) wrong.push(['outside', text.textContent]);
    const frame = text.closest('.party')?.querySelector('rect')
      ?? (text.classList.contains('middle') ? text.closest('.link')?.querySelector('.pill') : null);
    if (frame && !inside(boxes.get(text), frame.getBoundingClientRect()))
      wrong.push(['too wide', text.textContent]);
  }
  const pills = [...seen.querySelectorAll('.pill')].map(p => p.getBoundingClientRect());
  const parties = [...seen.querySelectorAll('.party rect')].map(p => p.getBoundingClientRect());
  texts.forEach((a, n) => texts.slice(n + 1).forEach(b => {
    if (meets(boxes.get(a), boxes.get(b))) wrong.push(['overlap', a.textContent, b.textContent]);
  }));
  for (const remark of seen.querySelectorAll('.remark'))
    for (const box of [...pills, ...parties])
      if (meets(boxes.get(remark), box)) wrong.push(['covers', remark.textContent]);
  for (const pill of pills)
    for (const party of parties) if (meets(pill, party)) wrong.push(['pill on a box']);
  return wrong;
})()";

/// Texts with less contrast than WCAG's level AA asks for.
const FAINT: &str = r"
(() => {
  const rgb = text => text.match(/[\d.]+/g).slice(0, 3).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const probe = document.createElement('p');
  document.body.append(probe);
  const grounds = ['--bg', '--box'].map(name => {
    probe.style.setProperty('color', `var(${name})`);
    return light(rgb(getComputedStyle(probe).color));
  });
  probe.remove();
  const wrong = new Set();
  for (const e of document.querySelectorAll('svg text, body *:not(svg *)')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const style = getComputedStyle(e);
    const colour = light(rgb(e.closest('svg') ? style.fill : style.color));
    for (const ground of grounds)
      if (ratio(colour, ground) < 4.5)
        wrong.add(`${e.className.baseVal ?? e.className} ${e.textContent.trim().slice(0, 30)}`);
  }
  return [...wrong];
})()";

#[test]
fn nothing_is_crowded_or_faint() {
    let folder = tempfile::tempdir().unwrap();
    sets::write(folder.path());
    // All that there can be at once: other clients, and certificates of long ago.
    let worst = folder.path().join("worst");
    fs::create_dir(&worst).unwrap();
    let calico = fs::read_to_string(folder.path().join("half/calico.yaml")).unwrap();
    let others = calico.replace("name: calicoctl", "name: somebody-else");
    let both = format!("{calico}---\n{others}");
    fs::write(worst.join("calico.yaml"), both).unwrap();
    let mut browser = Browser::start();
    for (set, day) in [
        ("upstream", "2026-01-01"),
        ("half", "2026-01-01"),
        ("hardened", "2023-01-01"),
        ("worst", "2300-01-01"),
    ] {
        let path = page(folder.path(), set, &["--as-of", day]);
        for (width, media) in [
            (1200, "screen"),
            (700, "screen"),
            (400, "screen"),
            (1000, "print"),
        ] {
            for scheme in ["light", "dark"] {
                browser.look(width, 900, scheme, media);
                browser.open(&path);
                let what = format!("{set} {width} {media} {scheme}");
                assert_eq!(browser.eval(CROWDED), serde_json::json!([]), "{what}");
                assert_eq!(browser.eval(FAINT), serde_json::json!([]), "{what}");
                assert_eq!(browser.eval(UNSPOKEN), serde_json::json!([]), "{what}");
                // The diagram scrolls by itself where it must; the page does not.
                let wide = browser.eval("document.documentElement.scrollWidth");
                assert!(wide.as_u64().unwrap() <= u64::from(width), "{what}: {wide}");
            }
        }
        browser.look(1200, 900, "light", "screen");
        browser.picture(&format!("crowd-{set}"));
        browser.look(1200, 900, "light", "");
        let pdf = browser.print(set);
        assert!(pdf.starts_with(b"%PDF"));
        // The diagram, and the table: two sheets, unless much is wrong.
        let sheets = String::from_utf8_lossy(&pdf)
            .matches("/Type /Page\n")
            .count();
        let most = match set {
            "upstream" | "half" => 2,
            _ => WORST,
        };
        assert!((1..=most).contains(&sheets), "{set}: {sheets}");
    }
}

#[test]
fn what_others_wrote_is_text() {
    let folder = tempfile::tempdir().unwrap();
    let script = "<script>document.title = 'run'</script><img src=x onerror=alert(1)>";
    let mut params = rcgen::CertificateParams::new(vec!["a.example.com".to_owned()]).unwrap();
    let mut name = rcgen::DistinguishedName::new();
    name.push(rcgen::DnType::CommonName, format!("\"{script}"));
    params.distinguished_name = name;
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let indented = |pem: String| pem.trim().replace('\n', "\n    ");
    let manifest = format!(
        "kind: Secret\nmetadata: {{name: cnx-manager-tls}}\nstringData:\n  cert: |\n    {}\n  \
         key: |\n    {}\n---\nkind: Deployment\nmetadata: {{name: \"{script}\"}}\nspec:\n  \
         template:\n    spec:\n      containers:\n      - {{name: cnx-manager-proxy}}\n",
        indented(certificate.pem()),
        indented(key.serialize_pem()),
    );
    // A slash cannot be in a file name.
    let set = "<script>document.title = 'run'<\u{1b}[31m &amp; 'x' \"y\">";
    fs::create_dir(folder.path().join(set)).unwrap();
    let file = format!("{}.yaml", script.replace('/', "-"));
    fs::write(folder.path().join(set).join(file), manifest).unwrap();
    let mut browser = Browser::start();
    browser.look(1200, 900, "light", "screen");
    let path = folder.path().join("page.html");
    let svg = folder.path().join("picture.svg");
    let output = program()
        .current_dir(folder.path())
        .args([
            "report",
            "--as-of",
            "2026-01-01",
            "--title",
            script,
            "--html",
        ])
        .arg(&path)
        .arg("--svg")
        .arg(&svg)
        .arg(set)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    browser.open(&path);
    assert_eq!(
        browser.eval("document.querySelectorAll('script, img').length"),
        0
    );
    assert_eq!(browser.eval("document.title"), script);
    let text = browser.eval("document.body.innerText");
    let text = text.as_str().unwrap();
    assert_eq!(states(&mut browser).len(), 1);
    // The subject, the object and the file are there to be read.
    assert!(text.matches("<script>").count() >= 3, "{text}");
    assert!(!text.contains('\u{1b}'));
    assert_quiet(&browser);
    browser.picture("hostile");
    browser.open(&svg);
    assert_eq!(
        browser.eval("document.querySelectorAll('script').length"),
        0
    );
    assert_eq!(browser.eval("document.documentElement.nodeName"), "svg");
    assert_quiet(&browser);
}

#[test]
fn the_diagram_alone_is_a_document() {
    let folder = tempfile::tempdir().unwrap();
    sets::write(folder.path());
    let path = folder.path().join("picture.svg");
    let output = program()
        .current_dir(folder.path())
        .args(["report", "--as-of", "2026-01-01", "half", "--svg"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let mut browser = Browser::start();
    for scheme in ["light", "dark"] {
        browser.look(960, 760, scheme, "screen");
        browser.open(&path);
        assert_eq!(browser.eval(CROWDED), serde_json::json!([]));
        let title = "document.querySelector('#link-calicoctl--etcd title').textContent";
        let title = browser.eval(title);
        assert!(
            title.as_str().unwrap().contains("calicoctl → etcd: broken"),
            "{title}"
        );
        assert_quiet(&browser);
        browser.picture(&format!("svg-{scheme}"));
    }
}
