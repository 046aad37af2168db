//! nginx with the configuration that is rendered, and servers behind it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use tempfile::TempDir;

use crate::server::{Server, free_port, get, listens, python};
use crate::workspace::{SAMPLE, Workspace};

/// nginx with a copy of the rendered configuration, that differs in ports alone.
pub(crate) struct Gateway {
    process: Child,
    pub(crate) folder: TempDir,
    pub(crate) address: String,
}

impl Gateway {
    pub(crate) fn start(workspace: &Workspace, servers: &[&str]) -> Self {
        Self::start_changed(workspace, servers, &[])
    }

    /// The same with changes: in which file, of what, to what.
    pub(crate) fn start_changed(
        workspace: &Workspace,
        servers: &[&str],
        changes: &[(&str, &str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // The workers of a root's nginx are nobody's.
        Command::new("chmod")
            .args(["0755".as_ref(), folder.path().as_os_str()])
            .status()
            .expect("chmod runs");
        let configuration = copied(workspace, folder.path());
        let address = format!("localhost:{}", ports(&configuration, servers));
        for (file, before, after) in changes {
            let changed = configuration.join(file);
            let text = fs::read_to_string(&changed).expect("rendered");
            assert!(text.contains(before), "{text}");
            fs::write(&changed, text.replace(before, after)).expect("written");
        }
        // nginx opens its log anew, so that both in one file would overwrite each other.
        let [calls, complaints] = ["calls", "complaints"]
            .map(|name| File::create(folder.path().join(name)).expect("made"));
        let process = nginx(folder.path(), &configuration)
            .stdout(calls)
            .stderr(complaints)
            .spawn()
            .expect("nginx is installed");
        let gateway = Self {
            process,
            folder,
            address,
        };
        listens(&gateway.address, || gateway.log());
        gateway
    }

    /// All that nginx has said: its complaints, and a line for each call.
    pub(crate) fn log(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.path().join(name)).expect("a log");
        read("calls") + &read("complaints")
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("nginx/tls/tls.crt")
    }

    pub(crate) fn python(&self, what: &str) {
        let certificate = self.certificate();
        python(
            "proxied.py",
            &[
                what.as_ref(),
                self.address.as_ref(),
                certificate.as_os_str(),
            ],
        );
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Its workers end with it, unless it is killed.
        let _ = Command::new("kill")
            .args(["-TERM", &self.process.id().to_string()])
            .status();
        let _ = self.process.wait();
    }
}

/// Copies the configuration into `folder`, with a certificate.
pub(crate) fn copied(workspace: &Workspace, folder: &Path) -> PathBuf {
    let configuration = folder.join("nginx");
    fs::create_dir(&configuration).expect("made");
    for entry in fs::read_dir(workspace.path.join("deploy/nginx")).expect("rendered") {
        let from = entry.expect("an entry").path();
        if from.is_file() {
            let name = from.file_name().expect("a name");
            fs::copy(&from, configuration.join(name)).expect("copied");
        }
    }
    certificate(
        workspace,
        &configuration.join("tls"),
        &["localhost", "127.0.0.1"],
    );
    // Those of nginx and of the servers among themselves.
    for part in ["nginx", "servers"] {
        let made = workspace.path.join("deploy/nginx/tls").join(part);
        let own = configuration.join("tls").join(part);
        if made.exists() {
            fs::create_dir(&own).expect("made");
            for file in ["tls.crt", "tls.key"] {
                fs::copy(made.join(file), own.join(file)).expect("copied");
            }
        }
    }
    configuration
}

/// Makes a certificate that signs itself.
pub(crate) fn certificate(workspace: &Workspace, folder: &Path, names: &[&str]) {
    let made = Command::new(workspace.binary("examples/certificate"))
        .arg(folder)
        .args(names)
        .status();
    assert!(made.expect("it runs").success());
}

/// nginx in the foreground, with `folder` for what it writes.
pub(crate) fn nginx(folder: &Path, configuration: &Path) -> Command {
    let mut command = Command::new("nginx");
    command
        .args(["-e", "stderr", "-g", "daemon off;", "-p"])
        .arg(format!("{}/", folder.display()))
        .arg("-c")
        .arg(configuration.join("nginx.conf"));
    command
}

/// Has the two files that are the user's say where this test listens and where its servers are; gives
/// the port.
pub(crate) fn ports(configuration: &Path, servers: &[&str]) -> u16 {
    let port = free_port();
    let edit = |file: &str, edit: &dyn Fn(&str) -> String| {
        let path = configuration.join(file);
        let text = fs::read_to_string(&path).expect("rendered");
        let edited = edit(&text);
        assert_ne!(text, edited, "{file}");
        fs::write(path, edited).expect("written");
    };
    edit("listen.conf", &|text| {
        text.replace("listen 8443 ", &format!("listen 127.0.0.1:{port} "))
    });
    edit("servers.conf", &|_| {
        let lines = servers.iter();
        lines
            .map(|server| format!("server {server} max_fails=3 fail_timeout=30s;\n"))
            .collect()
    });
    port
}

/// One server, open to everybody.
pub(crate) fn server() -> Server {
    audited("/dev/null")
}

/// The same with the file of its audit.
pub(crate) fn audited(audit: &str) -> Server {
    // Streams live longer here than connections do by default.
    let settings = format!(
        "server: {{host: 127.0.0.1, connection: {{age: 0s}}}}
rate_limit: {{total: 1000000/s, caller: 1000000/s}}
audit: {{file: '{audit}'}}
policy: [{{methods: '*', public: true}}]
reflection: {{enabled: true}}
admin: {{host: 127.0.0.1}}
"
    );
    Server::configured(&SAMPLE, "greeter", &settings)
}

/// How many calls of `method` a server has ended with one of `statuses`.
pub(crate) fn ended(server: &Server, method: &str, statuses: &[&str]) -> u64 {
    let text = get(server.admin.as_deref().expect("an admin port"), "/metrics");
    let count = |status| {
        let labels = format!(
            "grpc_requests_total{{method=\"{method}\",service=\"greeter.v1.Greeter\",status=\"{status}\"}} "
        );
        let line = text.lines().find_map(|line| line.strip_prefix(&labels));
        line.map_or(0, |count| count.parse::<u64>().expect("a count"))
    };
    statuses.iter().map(count).sum()
}
