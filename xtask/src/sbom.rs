//! The program's bill of materials, as CycloneDX 1.6.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Map, Value, json};

use crate::run::{Result, cargo, quiet, root, target};

/// Writes `target/cnx-harden.cdx.json`: each crate that the program is built from on this
/// platform, with its licence and its checksum, and which crate brings which.
pub(crate) fn sbom() -> Result<()> {
    let tree = [
        "tree",
        "--package=cnx-harden-cli",
        "--locked",
        "--edges=normal,build",
        "--prefix=depth",
        "--format={p}\t{l}\t",
    ];
    let lock = root().join("Cargo.lock");
    let lock = fs::read_to_string(&lock).map_err(|e| format!("Cargo.lock: {e}"))?;
    let crates = crates(&quiet(cargo().args(tree))?)?;
    let text = serde_json::to_string_pretty(&bom(&crates, &checksums(&lock)?));
    let path = target().join("cnx-harden.cdx.json");
    fs::write(&path, text.map_err(|e| e.to_string())? + "\n")
        .map_err(|e| format!("{}: {e}", path.display()))?;
    println!("{}: {} crates", path.display(), crates.len());
    Ok(())
}

/// Name and version.
type Name = (String, String);

#[derive(Default)]
struct Crate {
    /// How deep in the tree: the program itself is at 0.
    depth: usize,
    licence: String,
    brings: BTreeSet<Name>,
}

/// The crates of a tree, each line of which has its depth in front.
fn crates(tree: &str) -> Result<BTreeMap<Name, Crate>> {
    let mut crates: BTreeMap<Name, Crate> = BTreeMap::new();
    let mut above: Vec<Name> = Vec::new();
    for line in tree.lines() {
        let wrong = || format!("cargo tree: cannot read {line:?}");
        let digits = line.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (depth, rest) = line.split_at(digits);
        let depth: usize = depth.parse().map_err(|_| wrong())?;
        let mut cells = rest.split('\t');
        let mut words = cells.next().unwrap_or_default().split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next());
        let version = version.and_then(|version| version.strip_prefix('v'));
        let name = (name.to_owned(), version.ok_or_else(wrong)?.to_owned());
        let licence = cells.next().unwrap_or_default().replace('/', " OR ");
        if licence.is_empty() {
            return Err(format!("{} {} names no licence", name.0, name.1));
        }
        above.truncate(depth);
        if let Some(parent) = above.last().and_then(|parent| crates.get_mut(parent)) {
            parent.brings.insert(name.clone());
        }
        let known = crates.entry(name.clone()).or_default();
        (known.depth, known.licence) = (depth, licence);
        above.push(name);
    }
    Ok(crates)
}

/// The checksum of each crate that a registry has.
fn checksums(lock: &str) -> Result<BTreeMap<Name, String>> {
    let lock: toml::Table = toml::from_str(lock).map_err(|e| format!("Cargo.lock: {e}"))?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let field = |package: &toml::Value, name| Some(package.get(name)?.as_str()?.to_owned());
    let checksum = |package: &toml::Value| {
        let name = (field(package, "name")?, field(package, "version")?);
        Some((name, field(package, "checksum")?))
    };
    let packages = packages.into_iter().flatten();
    Ok(packages.filter_map(checksum).collect())
}

fn bom(crates: &BTreeMap<Name, Crate>, checksums: &BTreeMap<Name, String>) -> Value {
    let purl = |(name, version): &Name| format!("pkg:cargo/{name}@{version}");
    let component = |name: &Name, of: &Crate, kind: &str| {
        let mut component = Map::new();
        let mut put = |field: &str, value| component.insert(field.to_owned(), value);
        put("type", kind.into());
        put("bom-ref", purl(name).into());
        put("purl", purl(name).into());
        put("name", name.0.clone().into());
        put("version", name.1.clone().into());
        put("licenses", json!([{ "expression": of.licence }]));
        if let Some(checksum) = checksums.get(name) {
            put("hashes", json!([{ "alg": "SHA-256", "content": checksum }]));
        }
        Value::Object(component)
    };
    let program = crates.iter().find(|(_, of)| of.depth == 0);
    let program = program.map(|(name, of)| component(name, of, "application"));
    let libraries = crates.iter().filter(|(_, of)| of.depth > 0);
    let libraries = libraries.map(|(name, of)| component(name, of, "library"));
    let dependencies = crates.iter().map(|(name, of)| {
        let brings: Vec<_> = of.brings.iter().map(purl).collect();
        json!({ "ref": purl(name), "dependsOn": brings })
    });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": program },
        "components": libraries.collect::<Vec<_>>(),
        "dependencies": dependencies.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_a_bill() {
        let tree = "0a v1.0.0 (/a)\tMIT\t\n1b v0.2.0\tMIT/Apache-2.0\t\n2c v3.0.0\tISC\t\n\
                    1c v3.0.0\tISC\t (*)\n";
        let lock = "[[package]]\nname = \"c\"\nversion = \"3.0.0\"\nchecksum = \"abc\"\n";
        let bom = bom(&crates(tree).unwrap(), &checksums(lock).unwrap());
        assert_eq!(bom["metadata"]["component"]["purl"], "pkg:cargo/a@1.0.0");
        let licences = &bom["components"][0]["licenses"];
        assert_eq!(licences[0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bom["components"][1]["hashes"][0]["content"], "abc");
        let brought = &bom["dependencies"][0]["dependsOn"];
        assert_eq!(*brought, json!(["pkg:cargo/b@0.2.0", "pkg:cargo/c@3.0.0"]));
        assert!(crates("0a v1.0.0 (/a)\t\t\n").is_err());
    }
}
