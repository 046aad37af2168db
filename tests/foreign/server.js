// The sample service as a server of grpc-js: in the clear, with TLS, and with mutual TLS.
//
// Arguments: the folder with its protos, and one with `ca.pem`, `server.pem` and `server.key`. Prints the three
// ports in one line, and serves until the standard input ends. It has no health service, and compresses nothing.

"use strict";

const fs = require("fs");
const path = require("path");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [protos, folder] = process.argv.slice(2);

function hello(name) {
  return { message: `Hello, ${name}!` };
}

const greeter = {
  SayHello(call, answer) {
    const { name } = call.request;
    if (name === "nobody") {
      return answer({ code: grpc.status.NOT_FOUND, details: "there is nobody" });
    }
    if (name === "slow") {
      const left = call.getDeadline() - Date.now();
      if (!(left < 1000)) {
        return answer({ code: grpc.status.INTERNAL, details: `${left} ms are left` });
      }
      setTimeout(() => answer(null, hello(name)), left + 1000);
      return;
    }
    answer(null, hello(name));
  },

  RepeatHello(call) {
    const { name, times } = call.request;
    let sent = 0;
    // As many as its client takes.
    const more = () => {
      while (!call.cancelled && sent < times) {
        sent += 1;
        if (!call.write(hello(name))) {
          call.once("drain", more);
          return;
        }
      }
      call.end();
    };
    more();
  },

  GreetAll(call, answer) {
    const names = [];
    call.on("data", ({ name }) => names.push(name));
    call.on("end", () => answer(null, { message: names.join(", "), people: names.length }));
  },

  Chat(call) {
    call.on("data", ({ name }) => call.write(hello(name)));
    call.on("end", () => call.end());
  },
};

async function main() {
  const definition = loader.loadSync("greeter/v1/greeter.proto", { includeDirs: [protos] });
  const server = new grpc.Server();
  server.addService(grpc.loadPackageDefinition(definition).greeter.v1.Greeter.service, greeter);
  const read = (name) => fs.readFileSync(path.join(folder, name));
  const identity = [{ private_key: read("server.key"), cert_chain: read("server.pem") }];
  const ports = [];
  for (const credentials of [
    grpc.ServerCredentials.createInsecure(),
    grpc.ServerCredentials.createSsl(null, identity),
    grpc.ServerCredentials.createSsl(read("ca.pem"), identity, true),
  ]) {
    const bound = (done, failed) =>
      server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error ? failed(error) : done(port)));
    ports.push(await new Promise(bound));
  }
  console.log(ports.join(" "));
  process.stdin.resume();
  process.stdin.on("end", () => server.forceShutdown());
}

main();
