// Sends one OTP and prints its id. Node, nothing to install.
import { request } from "node:http";

const socketPath = process.env.CHAPAR_SOCKET ?? "/run/chapar/chapar.sock";
const message = { to: { email: "sara@example.com", locale: "fa-IR" }, class: "otp", template: "otp",
                  data: { code: "482193" }, idempotency_key: "login-7731-node" };
const call = request({ socketPath, host: "chapar", path: "/v1/messages", method: "POST" }, async (response) => {
  const answer = JSON.parse((await response.toArray()).join(""));
  console.log(answer.id ?? answer.detail);
});
call.end(JSON.stringify(message));
