//! The method table: every path that the server answers, built once at start.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use prost::Message;

use super::Method;
use crate::config::Deadline;
use crate::policy::{Declared, Policy, PolicyError, Rule};

/// Why there is no method table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A descriptor set is not one.
    #[error("a descriptor set cannot be read")]
    Descriptors(#[from] prost::DecodeError),
    /// A service is served that no proto declares.
    #[error("service `{0}` is in no descriptor set")]
    Undeclared(String),
    /// A policy cannot be put in force.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// Every method by its path.
///
/// Methods come in the order of the descriptors; the unknown one is the last. The keys are fixed
/// at start, so a fast hash is safe: nobody can make the table collide. Clones share the methods.
#[derive(Debug, Clone)]
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
            for file in Declared::decode(*set)?.files {
                for service in &file.services {
                    let name = service.full_name(&file);
                    let Some(server) = missing.remove(&name) else {
                        continue;
                    };
                    let rule = service.rule(&name)?;
                    for method in &service.methods {
                        let index = table.methods.len();
                        let rule = rule.clone();
                        table.add(Method::declared(index, server, &name, method, rule)?);
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
        table.set_policy(&Deadline::default(), &[])?;
        Ok(table)
    }

    fn add(&mut self, method: Method) {
        self.by_path.insert(method.path().into(), method.index());
        self.methods.push(Arc::new(method));
    }

    /// Puts the policy in force that the configuration wants: all of it, or nothing if it has a fault.
    ///
    /// Fails when a rule names no method, or wishes for what is not enforced.
    pub fn set_policy(&self, deadline: &Deadline, rules: &[Rule]) -> Result<(), PolicyError> {
        self.enforce(self.prepare(deadline, rules)?);
        Ok(())
    }

    /// The policies that the configuration wants, in the order of [`known`](Self::known); not yet in
    /// force. Fails as `set_policy` does.
    pub fn prepare(
        &self,
        deadline: &Deadline,
        rules: &[Rule],
    ) -> Result<Vec<Arc<Policy>>, PolicyError> {
        for (index, rule) in rules.iter().enumerate() {
            rule.enforced(index)?;
            if !self.known().any(|method| rule.names(method.full_name())) {
                let known: Vec<_> = self.known().map(Method::full_name).collect();
                return Err(PolicyError::Unknown {
                    index,
                    methods: rule.methods.clone(),
                    known: known.join(", "),
                });
            }
        }
        let resolve = |method: &Method| method.resolve(deadline, rules).map(Arc::new);
        self.known().map(resolve).collect()
    }

    /// Puts prepared policies in force, for the calls that begin from now on.
    pub fn enforce(&self, policies: Vec<Arc<Policy>>) {
        for (method, policy) in self.known().zip(policies) {
            method.enforce(policy);
        }
    }

    /// The policies in force, in the order of [`known`](Self::known).
    pub fn policies(&self) -> Vec<Arc<Policy>> {
        self.known().map(Method::policy).collect()
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

    /// Every method in the order of [`Method::index`], the unknown one at the end.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Method>> {
        self.methods.iter()
    }

    /// How many methods there are, the unknown one included.
    #[allow(clippy::len_without_is_empty)] // The unknown method is always there.
    pub fn len(&self) -> usize {
        self.methods.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prost_types::{
        FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
    };

    use super::*;
    use crate::call::Kind;

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

    #[test]
    fn the_later_rule_wins_and_a_faulty_one_changes_nothing() {
        let rule = |methods: &str, timeout| Rule {
            methods: methods.to_owned(),
            timeout: Some(Duration::from_secs(timeout)),
            ..Rule::default()
        };
        let table = MethodTable::read(&[&set(None)], &["Echo"]).unwrap();
        let timeout = |path: &str| table.get(path).policy().timeout.map(|time| time.as_secs());
        assert_eq!(
            (timeout("/Echo/Say"), timeout("/Echo/Watch")),
            (Some(30), None)
        );

        let rules = [rule("*", 5), rule("Echo/Watch", 0), rule("*/Say", 7)];
        table.set_policy(&Deadline::default(), &rules).unwrap();
        assert_eq!(
            (timeout("/Echo/Say"), timeout("/Echo/Watch")),
            (Some(7), None)
        );

        let faulty = [rule("*", 9), rule("Echo/Shout", 9)];
        let error = table.set_policy(&Deadline::default(), &faulty).unwrap_err();
        assert_eq!(
            error.to_string(),
            "policy[1]: `Echo/Shout` names no method of this server, which has Echo/Say, Echo/Watch"
        );
        assert_eq!(timeout("/Echo/Say"), Some(7));
    }

    #[test]
    fn options_of_the_protos_are_read() {
        // file { service { name "S", method { name "M", options { 52317 { timeout "2s" } } },
        // options { 52317 { timeout "1s" } } } }, as protoc encodes it.
        let policy = |timeout: &str| {
            let timeout = [&[0x22, timeout.len() as u8], timeout.as_bytes()].concat();
            // Field 52317, a message: the key is three bytes long.
            [&[0xea, 0xc5, 0x19, timeout.len() as u8], &*timeout].concat()
        };
        let field = |key: u8, value: &[u8]| [&[key, value.len() as u8], value].concat();
        let method = [field(0x0a, b"M"), field(0x22, &policy("2s"))].concat();
        let plain = field(0x0a, b"P");
        let service = [
            field(0x0a, b"S"),
            field(0x12, &method),
            field(0x12, &plain),
            field(0x1a, &policy("1s")),
        ];
        let set = field(0x0a, &field(0x32, &service.concat()));
        let table = MethodTable::read(&[&set], &["S"]).unwrap();
        let timeout = |path: &str| table.get(path).policy().timeout.map(|time| time.as_secs());
        assert_eq!((timeout("/S/M"), timeout("/S/P")), (Some(2), Some(1)));
    }
}
