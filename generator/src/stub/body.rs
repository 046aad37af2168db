//! Tells a method that is written from one that is not.

use syn::{Block, Expr, Stmt};

use super::find::names;

/// Whether all that the function does is to answer `UNIMPLEMENTED`, or to panic for want of being written.
pub(super) fn is_stub(block: &Block) -> bool {
    let [statement] = block.stmts.as_slice() else {
        return false;
    };
    match statement {
        Stmt::Expr(Expr::Return(answer), _) => answer.expr.as_deref().is_some_and(is_refusal),
        Stmt::Expr(Expr::Macro(call), _) => is_unwritten(&call.mac.path),
        Stmt::Expr(answer, None) => is_refusal(answer),
        Stmt::Macro(call) => is_unwritten(&call.mac.path),
        _ => false,
    }
}

/// `Err(request.unimplemented())`, or another way to say it.
fn is_refusal(answer: &Expr) -> bool {
    let Expr::Call(call) = answer else {
        return false;
    };
    let is_err = ends_in(&call.func, "Err");
    let refusal = match call.args.first() {
        Some(Expr::MethodCall(call)) => call.method == "unimplemented",
        Some(Expr::Call(call)) => ends_in(&call.func, "unimplemented"),
        _ => false,
    };
    is_err && refusal
}

fn ends_in(function: &Expr, name: &str) -> bool {
    match function {
        Expr::Path(path) => names(&path.path).last().is_some_and(|last| last == name),
        _ => false,
    }
}

fn is_unwritten(path: &syn::Path) -> bool {
    names(path)
        .last()
        .is_some_and(|last| last == "unimplemented" || last == "todo")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_answers_unimplemented_is_a_stub() {
        let check = |body: &str, expected: bool| {
            let block = syn::parse_str(&format!("{{ {body} }}")).expect("it is Rust");
            assert_eq!(super::is_stub(&block), expected, "{body}");
        };
        check("Err(request.unimplemented())", true);
        check("return Err(Status::unimplemented(\"later\"));", true);
        check(
            "Err(chassis::rpc::RequestExt::unimplemented(&request))",
            true,
        );
        check("todo!()", true);
        check("unimplemented!(\"later\");", true);
        check("Err(Status::internal(\"\"))", false);
        check("log(); Err(request.unimplemented())", false);
        check("Ok(Response::new(()))", false);
        check("", false);
    }
}
