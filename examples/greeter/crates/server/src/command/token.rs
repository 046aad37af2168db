//! `token`: issues, exchanges and verifies tokens by the keys of the settings.

use std::error::Error;
use std::io::{self, Read};
use std::time::SystemTime;

use chassis::config::Config;
use chassis::runtime::Exit;
use chassis::token::{AuthError, Issuer, LONGEST, Subject, Use, Verifier};
use serde_json::{Value, to_value};

use crate::{print, report};

/// What `--help` tells below the list of commands.
const HELP: &str = "\
Keys are files that the settings name. For development, a secret is enough:

  head -c 32 /dev/urandom | base64 > dev.key

  # config/dev.yaml
  auth:
    issuer: dev
    audience: dev
    keys: dev.key
    algorithm: HS256
    signing:
      key: dev.key

Then a token for Ann, and one for scripts:

  … token issue --sub ann --role admin
  TOKEN=$(… token issue --sub ann --role admin | jq -r .access_token)

A call carries it in its metadata as `authorization: Bearer <TOKEN>`. Whoever has the signing key can
be anybody: on a server, `auth.signing.key` stays unset.

Exit codes: 0 done, 1 the token is refused, 2 wrong command line, 64 bad settings or keys.";

/// What to do with tokens.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Issue an access and a refresh token, as JSON
    Issue(Whom),
    /// Exchange a refresh token for a new pair, as JSON
    Refresh(Given),
    /// Verify an access token as the server does: print its claims, or say why it is refused
    Verify(Given),
}

#[derive(Debug, clap::Args)]
struct Whom {
    /// Id of the subject, which never changes
    #[arg(long, value_name = "ID")]
    sub: String,

    /// Name of the subject, for people
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,

    /// Role of the subject (can be repeated)
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Given {
    /// The token, or `-` to read it from standard input, where no list of processes shows it
    token: String,
}

/// Prints JSON on standard output, or what is wrong on standard error.
pub(crate) fn run(args: &Args, config: &Config) -> Exit {
    match answer(&args.action, config) {
        Ok(json) => print(&format!("{json:#}\n")),
        Err(error) if error.is::<AuthError>() => report(&error, Exit::Config),
        Err(error) => report(&error, Exit::Failed),
    }
}

fn answer(action: &Action, config: &Config) -> Result<Value, Box<dyn Error>> {
    let now = SystemTime::now();
    match action {
        Action::Issue(whom) => {
            let subject = Subject {
                id: whom.sub.clone(),
                name: whom.name.clone(),
                roles: whom.roles.clone(),
                ..Subject::default()
            };
            Ok(to_value(Issuer::new(&config.auth)?.issue(subject, now)?)?)
        }
        Action::Refresh(given) => {
            let issuer = Issuer::new(&config.auth)?;
            let verifier = Verifier::new(&config.auth)?;
            let pair = issuer.exchange(&verifier, &given.read()?, now)?;
            Ok(to_value(pair)?)
        }
        Action::Verify(given) => {
            let token = given.read()?;
            let verifier = Verifier::new(&config.auth)?;
            let claims = verifier.claims(token.as_bytes(), Use::Access, now);
            let claims = claims.map_err(|error| format!("the token is refused: {error}"))?;
            Ok(to_value(claims)?)
        }
    }
}

impl Given {
    fn read(&self) -> io::Result<String> {
        if self.token != "-" {
            return Ok(self.token.clone());
        }
        let mut token = String::new();
        // A byte more than the longest, and a line break.
        let most = LONGEST as u64 + 3;
        io::stdin().take(most).read_to_string(&mut token)?;
        Ok(token.trim().to_owned())
    }
}
