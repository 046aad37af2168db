//! The method table: every path that the server answers, built once at start.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use prost::Message;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};

/// Which sides of a method stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One request, one response.
    Unary,
    /// Many requests, one response.
    ClientStreaming,
    /// One request, many responses.
    ServerStreaming,
    /// Many requests, many responses, in any order.
    Bidirectional,
}

/// One method that the protos declare, or the one that stands for all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    index: usize,
    /// Position of its service among those served; none for the unknown method.
    server: Option<usize>,
    path: Box<str>,
    service: Box<str>,
    kind: Kind,
}

impl Method {
    /// The stand-in for every path that is not in the table: one label, however many are tried.
    pub(super) fn unknown(index: usize) -> Self {
        let path = "/unknown".into();
        Self {
            index,
            server: None,
            path,
            service: "unknown".into(),
            kind: Kind::Unary,
        }
    }

    /// Position in the table, below [`MethodTable::len`]; for values resolved once per method.
    pub fn index(&self) -> usize {
        self.index
    }

    /// False for the one method that stands for all paths outside the table.
    pub fn is_known(&self) -> bool {
        self.server.is_some()
    }

    /// Position of its service among those served; none for the unknown method.
    pub(crate) fn server(&self) -> Option<usize> {
        self.server
    }

    /// The path on the wire, such as `/greeter.v1.Greeter/SayHello`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Service and method, such as `greeter.v1.Greeter/SayHello`.
    pub fn full_name(&self) -> &str {
        &self.path[1..]
    }

    /// The full name of the service, such as `greeter.v1.Greeter`.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Which sides stream.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// Why there is no method table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A descriptor set is not one.
    #[error("a descriptor set cannot be read")]
    Descriptors(#[from] prost::DecodeError),
    /// A service is served that no proto declares.
    #[error("service `{0}` is in no descriptor set")]
    Undeclared(String),
}

/// Every method by its path.
///
/// Methods come in the order of the descriptors; the unknown one is the last. The keys are fixed
/// at start, so a fast hash is safe: nobody can make the table collide.
#[derive(Debug)]
pub struct MethodTable {
    methods: Vec<Arc<Method>>,
    by_path: HashMap<Box<str>, usize, RandomState>,
}

impl MethodTable {
    /// Reads the methods of the `served` services out of encoded `FileDescriptorSet`s.
    ///
    /// A service that occurs twice, since two sets import it, is read once; one that is declared
    /// but not served is left out. Fails when a set is not one, or when none declares a service.
    pub fn read(sets: &[&[u8]], served: &[&str]) -> Result<Self, TableError> {
        let mut table = Self {
            methods: Vec::new(),
            by_path: HashMap::default(),
        };
        let mut missing: HashMap<String, usize> = served
            .iter()
            .enumerate()
            .map(|(server, name)| ((*name).to_owned(), server))
            .collect();
        for set in sets {
            for file in FileDescriptorSet::decode(*set)?.file {
                for service in &file.service {
                    let name = match file.package() {
                        "" => service.name().to_owned(),
                        package => format!("{package}.{}", service.name()),
                    };
                    if let Some(server) = missing.remove(&name) {
                        table.add(&name, server, &service.method);
                    }
                }
            }
        }
        if let Some(name) = missing.into_keys().min() {
            return Err(TableError::Undeclared(name));
        }
        table
            .methods
            .push(Arc::new(Method::unknown(table.methods.len())));
        Ok(table)
    }

    fn add(&mut self, service: &str, server: usize, methods: &[MethodDescriptorProto]) {
        for method in methods {
            let path = format!("/{service}/{}", method.name()).into_boxed_str();
            let kind = match (method.client_streaming(), method.server_streaming()) {
                (false, false) => Kind::Unary,
                (true, false) => Kind::ClientStreaming,
                (false, true) => Kind::ServerStreaming,
                (true, true) => Kind::Bidirectional,
            };
            let index = self.methods.len();
            self.by_path.insert(path.clone(), index);
            let service = service.into();
            let method = Method {
                index,
                server: Some(server),
                path,
                service,
                kind,
            };
            self.methods.push(Arc::new(method));
        }
    }

    /// The method that answers `path`, or the unknown one.
    pub fn get(&self, path: &str) -> &Arc<Method> {
        let unknown = self.methods.len() - 1;
        &self.methods[self.by_path.get(path).copied().unwrap_or(unknown)]
    }

    /// The methods that the protos declare.
    pub fn known(&self) -> impl Iterator<Item = &Method> {
        self.methods
            .iter()
            .filter(|method| method.is_known())
            .map(|method| &**method)
    }

    /// How many methods there are, the unknown one included.
    #[allow(clippy::len_without_is_empty)] // The unknown method is always there.
    pub fn len(&self) -> usize {
        self.methods.len()
    }
}

#[cfg(test)]
mod tests {
    use prost_types::{FileDescriptorProto, ServiceDescriptorProto};

    use super::*;

    fn set(package: Option<&str>) -> Vec<u8> {
        let method = |name: &str, client, server| MethodDescriptorProto {
            name: Some(name.into()),
            client_streaming: Some(client),
            server_streaming: Some(server),
            ..Default::default()
        };
        let service = ServiceDescriptorProto {
            name: Some("Echo".into()),
            method: vec![method("Say", false, false), method("Watch", false, true)],
            ..Default::default()
        };
        let file = FileDescriptorProto {
            package: package.map(str::to_owned),
            service: vec![service],
            ..Default::default()
        };
        FileDescriptorSet { file: vec![file] }.encode_to_vec()
    }

    #[test]
    fn a_path_leads_to_its_method() {
        let sets: [&[u8]; 2] = [&set(Some("echo.v1")), &set(None)];
        let table = MethodTable::read(&sets, &["Echo", "echo.v1.Echo"]).unwrap();
        assert_eq!(table.len(), 5);
        let watch = table.get("/echo.v1.Echo/Watch");
        assert_eq!((watch.index(), watch.kind()), (1, Kind::ServerStreaming));
        assert_eq!(
            (watch.service(), watch.full_name()),
            ("echo.v1.Echo", "echo.v1.Echo/Watch")
        );
        assert_eq!(table.get("/Echo/Say").full_name(), "Echo/Say");
    }

    #[test]
    fn every_other_path_is_the_one_unknown_method() {
        let table = MethodTable::read(&[&set(None)], &["Echo"]).unwrap();
        for path in ["", "/", "/Echo", "/Echo/Shout", "Echo/Say", "/echo/say"] {
            assert!(!table.get(path).is_known(), "{path}");
            assert_eq!(table.get(path).index(), table.len() - 1);
        }
    }

    #[test]
    fn a_service_counts_once_and_only_when_served() {
        let set = set(None);
        assert_eq!(
            MethodTable::read(&[&set, &set], &["Echo"]).unwrap().len(),
            3
        );
        assert_eq!(MethodTable::read(&[&set], &[]).unwrap().len(), 1);
    }

    #[test]
    fn what_cannot_be_served_is_named() {
        let error = |sets: &[&[u8]], served: &[&str]| {
            MethodTable::read(sets, served).unwrap_err().to_string()
        };
        assert_eq!(error(&[b"\xff"], &[]), "a descriptor set cannot be read");
        assert_eq!(
            error(&[&set(None)], &["Ohce"]),
            "service `Ohce` is in no descriptor set"
        );
    }
}
