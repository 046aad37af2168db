//! Every call says for which tenant it is: `x-tenant`, a name in lower case.

use chassis::call::Call;
use chassis::guard::{Guard, Parts, Refusal};
use chassis::rpc::Code;

/// Longest name of a tenant, in bytes.
const LONGEST: usize = 32;

/// Lets calls pass that name a tenant, and notes it in their log.
#[derive(Debug)]
pub(super) struct Tenant;

impl Guard for Tenant {
    fn check(&self, call: &mut Call, head: &Parts) -> Result<(), Refusal> {
        // The platform asks for nobody.
        if call.policy().probe {
            return Ok(());
        }
        let tenant = head.headers.get("x-tenant");
        match tenant.and_then(|tenant| tenant.to_str().ok()) {
            Some(tenant) if is_name(tenant) => {
                call.add_field("tenant", tenant);
                Ok(())
            }
            _ => Err(
                Refusal::new(Code::InvalidArgument, "x-tenant must name a tenant")
                    .reason("TENANT_MISSING"),
            ),
        }
    }
}

fn is_name(tenant: &str) -> bool {
    (1..=LONGEST).contains(&tenant.len()) && tenant.bytes().all(|byte| byte.is_ascii_lowercase())
}
