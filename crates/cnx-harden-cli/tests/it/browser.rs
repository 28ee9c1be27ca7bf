//! A headless Chromium, driven by the DevTools protocol over its own pipe: no
//! port, no library.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    last: u64,
    session: String,
    events: Vec<Value>,
    _home: tempfile::TempDir,
}

/// A message that is waited for longer than this is an error.
const PATIENCE: Duration = Duration::from_secs(60);

fn chromium() -> PathBuf {
    if let Some(path) = std::env::var_os("CNX_HARDEN_CHROMIUM") {
        return path.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut found = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .filter(|path| path.is_file());
    found
        .next()
        .unwrap_or_else(|| crate::common::tool("chromium"))
}

impl Browser {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        Self::launch(profile, &[])
    }

    /// One whose home is the folder, which trusts the authorities that the NSS
    /// database there says, and gets whatever host it is sent to from this port
    /// of our own.
    pub(crate) fn at_home(home: tempfile::TempDir, port: u16) -> Self {
        let hosts = format!("--host-resolver-rules=MAP * 127.0.0.1:{port}");
        Self::launch(home, &["--no-proxy-server".to_owned(), hosts])
    }

    fn launch(home: tempfile::TempDir, flags: &[String]) -> Self {
        // Its file descriptors 3 and 4 are our ends of the pipe.
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null", "sh"]);
        command.arg(chromium()).args([
            "--remote-debugging-pipe",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ]);
        let profile = home.path().join("profile");
        command.arg(format!("--user-data-dir={}", profile.display()));
        let mut child = command
            .env("HOME", home.path())
            .args(flags)
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = child.stdin.take().unwrap();
        let mut pipe = BufReader::new(child.stdout.take().unwrap());
        let (send, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while pipe.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                message.pop();
                if send
                    .send(serde_json::from_slice(&message).unwrap())
                    .is_err()
                {
                    return;
                }
                message.clear();
            }
        });
        let mut browser = Self {
            child,
            to,
            from,
            last: 0,
            session: String::new(),
            events: Vec::new(),
            _home: home,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach);
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.to.write_all(&bytes).unwrap();
        loop {
            let message = self.receive();
            if message["id"] == self.last {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    fn receive(&mut self) -> Value {
        let received = self.from.recv_timeout(PATIENCE);
        received.unwrap_or_else(|error| panic!("Chromium does not answer: {error}"))
    }

    /// Opens a file, and waits until it is there.
    pub(crate) fn open(&mut self, path: &Path) {
        self.events.clear();
        let url = format!("file://{}", path.display()).replace('<', "%3C");
        let url = url.replace('>', "%3E").replace('#', "%23");
        self.call("Page.navigate", json!({"url": url}));
        while !self.saw("Page.loadEventFired") {
            let event = self.receive();
            self.events.push(event);
        }
        // What was said or asked for meanwhile is told before this is answered.
        self.eval("1");
    }

    /// Goes to an address: the document's response, or why there is none.
    pub(crate) fn visit(&mut self, url: &str) -> Result<Value, String> {
        self.events.clear();
        let went = self.call("Page.navigate", json!({"url": url}));
        // The page that tells an error is loaded too; the next one waits for it.
        while !self.saw("Page.loadEventFired") {
            let event = self.receive();
            self.events.push(event);
        }
        if let Some(error) = went["errorText"].as_str() {
            return Err(error.to_owned());
        }
        let document = |event: &&Value| {
            event["method"] == "Network.responseReceived" && event["params"]["type"] == "Document"
        };
        let response = self.events.iter().find(document).unwrap();
        Ok(response["params"]["response"].clone())
    }

    fn saw(&self, method: &str) -> bool {
        self.events.iter().any(|event| event["method"] == method)
    }

    /// The value of an expression.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", params);
        assert!(
            result["exceptionDetails"].is_null(),
            "{expression}: {result}"
        );
        result["result"]["value"].clone()
    }

    /// Whatever the console said, and the exceptions.
    pub(crate) fn complaints(&self) -> Vec<&Value> {
        let methods = [
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
            "Log.entryAdded",
        ];
        let said = |event: &&Value| methods.iter().any(|method| event["method"] == *method);
        self.events.iter().filter(said).collect()
    }

    /// The URLs that were asked for, the page's own among them.
    pub(crate) fn requests(&self) -> Vec<&str> {
        let asked = self
            .events
            .iter()
            .filter(|event| event["method"] == "Network.requestWillBeSent");
        asked
            .map(|event| event["params"]["request"]["url"].as_str().unwrap())
            .collect()
    }

    /// The size of the window, and what the user prefers.
    pub(crate) fn look(&mut self, width: u32, height: u32, scheme: &str, media: &str) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500,
        });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        let params = json!({"media": media, "features": [feature]});
        self.call("Emulation.setEmulatedMedia", params);
    }

    pub(crate) fn hover(&mut self, x: f64, y: f64) {
        let params = json!({"type": "mouseMoved", "x": x, "y": y});
        self.call("Input.dispatchMouseEvent", params);
    }

    pub(crate) fn press(&mut self, key: &str, code: u32) {
        for kind in ["rawKeyDown", "char", "keyUp"] {
            let text = if key == "Enter" { "\r" } else { "" };
            if kind == "char" && text.is_empty() {
                continue;
            }
            let params = json!({
                "type": kind, "key": key, "code": key, "text": text,
                "windowsVirtualKeyCode": code,
            });
            self.call("Input.dispatchKeyEvent", params);
        }
    }

    /// Keeps a picture of the whole page in the folder that
    /// `CNX_HARDEN_SCREENSHOTS` names, to be looked at.
    pub(crate) fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("CNX_HARDEN_SCREENSHOTS") else {
            return;
        };
        let params = json!({"format": "png", "captureBeyondViewport": true});
        let result = self.call("Page.captureScreenshot", params);
        keep(&PathBuf::from(folder).join(format!("{name}.png")), &result);
    }

    /// The page as it is printed.
    pub(crate) fn print(&mut self, name: &str) -> Vec<u8> {
        let params = json!({"preferCSSPageSize": true, "printBackground": false});
        let result = self.call("Page.printToPDF", params);
        if let Some(folder) = std::env::var_os("CNX_HARDEN_SCREENSHOTS") {
            keep(&PathBuf::from(folder).join(format!("{name}.pdf")), &result);
        }
        decode(&result)
    }
}

fn decode(result: &Value) -> Vec<u8> {
    use base64::Engine as _;
    let data = result["data"].as_str().unwrap();
    base64::engine::general_purpose::STANDARD
        .decode(data)
        .unwrap()
}

fn keep(path: &Path, result: &Value) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, decode(result)).unwrap();
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Our own child, and what it started ends with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
