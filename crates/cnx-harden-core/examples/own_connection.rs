//! A connection and a rule of one's own: a portal that asks an LDAP directory who its
//! users are.
//!
//! `docs/adding-a-connection.md` goes through it step by step.

use std::error::Error;

use cnx_harden_core::audit::AuditOptions;
use cnx_harden_core::own::{Connection, Planning, Rule};
use cnx_harden_core::traffic::TrafficOptions;
use cnx_harden_core::{
    CaBundle, Code, Edit, Finding, Hardening, Manifests, Outcome, Resource, Severity, Source,
    Target, Transform, UnixTime, picture, yaml_splice::Op,
};

/// From the portal to its directory.
#[derive(Debug)]
struct Directory {
    /// What the portal verifies the directory with.
    ca: CaBundle,
}

/// The one object of the connection.
const CONFIG_MAP: &str = "portal-directory";

impl Connection for Directory {
    fn name(&self) -> &'static str {
        "directory"
    }

    fn ends(&self) -> (&'static str, &'static str) {
        ("Portal", "LDAP directory")
    }

    fn needles(&self) -> Vec<&str> {
        vec![CONFIG_MAP]
    }

    fn plan(&self, planning: &mut Planning<'_, '_>) {
        planning.require(is_config, &Url);
        planning.require(is_config, &Ca(&self.ca));
    }
}

fn is_config(resource: &Resource<'_, '_>) -> bool {
    resource.id().kind == "ConfigMap" && resource.id().name == CONFIG_MAP
}

/// `ldap_url` is one of TLS.
struct Url;

impl Transform for Url {
    fn edit(&self) -> Edit {
        Edit::Own("ldap_url")
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let keys = ["data", "ldap_url"];
        let at = target.resource().route(&keys);
        let url = target.resource().text(&keys);
        let url = url.map_err(|error| target.yaml(&error))?;
        match url.and_then(|url| url.split_once("://")) {
            Some(("ldaps", _)) => Ok(Outcome::AlreadyHardened),
            Some(("ldap", rest)) => {
                let op = Op::set(at, format!("ldaps://{rest}"));
                Ok(Outcome::Change(vec![op]))
            }
            _ => Err(target.finding(
                Code::UnexpectedValue,
                &at,
                "ldap_url is not the URL of a directory",
                "write it as ldaps://HOST:PORT",
            )),
        }
    }
}

/// `ldap_ca` has the CA.
struct Ca<'m>(&'m CaBundle);

impl Transform for Ca<'_> {
    fn edit(&self) -> Edit {
        Edit::Own("ldap_ca")
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        let data = target.resource().route(&["data"]);
        let found = target.resource().text(&["data", "ldap_ca"]);
        let found = found.map_err(|error| target.yaml(&error))?;
        let ca = self.0.to_text();
        Ok(match found {
            Some(old) if old == ca => Outcome::AlreadyHardened,
            Some(_) => Outcome::Change(vec![Op::set(data.key("ldap_ca"), ca)]),
            None => Outcome::Change(vec![Op::insert_entry(data, "ldap_ca", ca)]),
        })
    }
}

/// A password belongs into a Secret.
#[derive(Debug)]
struct PasswordInConfigMap;

impl Rule for PasswordInConfigMap {
    fn check(&self, target: &Target<'_, '_>) -> Vec<Finding> {
        let resource = target.resource();
        let keys = ["data", "ldap_password"];
        let password = resource.text(&keys).ok().flatten();
        if resource.id().kind != "ConfigMap" || password.is_none() {
            return Vec::new();
        }
        let mut finding = target.finding(
            Code::Own("password-in-config-map"),
            &resource.route(&keys),
            "a password is in a ConfigMap",
            "move it to a Secret",
        );
        finding.severity = Severity::Warning;
        vec![finding]
    }
}

const MANIFEST: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: portal-directory
data:
  ldap_url: ldap://directory.example  # moves in spring
  ldap_password: changeit
";

/// All doors, one behind the other; returns what they say.
pub(crate) fn run() -> Result<String, Box<dyn Error>> {
    let ca = CaBundle::new("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    let mut hardening = Hardening::default();
    hardening.own.add(Directory { ca });
    let mut options = AuditOptions {
        own: hardening.own.clone(),
        ..AuditOptions::default()
    };
    options.rules.add(PasswordInConfigMap);

    let mut said = look(MANIFEST, &options)?;
    let source = Source {
        name: "portal.yaml",
        text: MANIFEST,
    };
    let run = Manifests::read(&[source]).harden(&hardening)?;
    let text = &run.outputs.first().ok_or("no output")?.text;
    said.push_str(text);
    said.push_str(&look(text, &options)?);
    Ok(said)
}

/// What an audit finds, and the line of the report.
fn look(text: &str, options: &AuditOptions) -> Result<String, Box<dyn Error>> {
    let name = "portal.yaml";
    let manifests = Manifests::read(&[Source { name, text }]);
    let audit = manifests.audit(options);
    let mut drawn = TrafficOptions::at(UnixTime::since_unix_epoch(std::time::Duration::ZERO));
    drawn.own = options.own.clone();
    let traffic = manifests.traffic(&drawn, &audit.findings);
    let mut said = String::new();
    for found in &audit.findings {
        let finding = &found.finding;
        said.push_str(&format!(
            "{}:{}: {} [{}]\n",
            finding.place.file, finding.place.line, finding.message, finding.code
        ));
    }
    for connection in traffic.present() {
        let state = connection.state.title();
        said.push_str(&format!("{}: {state}\n", connection.link));
    }
    // It is in the page too, whose diagram has the vendor's connections alone.
    let page = picture::html(&traffic, picture::TITLE);
    page.contains("LDAP directory")
        .then_some(said)
        .ok_or_else(|| "not in the page".into())
}

#[allow(
    clippy::print_stdout,
    dead_code,
    reason = "an example, and a test of it"
)]
fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", run()?);
    Ok(())
}
