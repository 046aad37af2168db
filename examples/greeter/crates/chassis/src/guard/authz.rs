//! Lets those call a method who may: whoever has one of its roles.

use http::request;
use tonic::Code;

use super::{Guard, Refusal};
use crate::call::Call;
use crate::policy::Access;

/// Lets calls pass whose caller has a role that the method wants.
#[derive(Debug)]
pub struct Authz;

impl Guard for Authz {
    fn check(&self, call: &mut Call, _: &request::Parts) -> Result<(), Refusal> {
        let detail = match (&call.policy().access, call.identity()) {
            (Access::Public, _) | (Access::Token, Some(_)) => return Ok(()),
            (Access::Roles(roles), Some(caller)) => {
                if roles.iter().any(|role| caller.has_role(role)) {
                    return Ok(());
                }
                format!("{:?} has none of {roles:?}", caller.subject())
            }
            // The guard before this one refuses such calls; were it taken off the stack, this remains.
            (_, None) => "nobody is known to call".to_owned(),
        };
        Err(Refusal::new(Code::PermissionDenied, "not permitted")
            .reason("ROLE_MISSING")
            .detail(detail))
    }
}
