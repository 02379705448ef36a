import { expect, it } from "vitest";
import { contextLine, emptyConnectionText, parseConnectionText, type ConnectionText } from "./connection-form.ts";

const taken = new Set(["docker"]);
const parse = (text: Partial<ConnectionText>) => parseConnectionText({ ...emptyConnectionText, name: "Build", ...text }, taken);

it.each(["/run/docker.sock", "unix:///run/docker.sock", "tcp://host:2375", "tcp://[::1]:2375", "ssh://host", "ssh://me@host:22/run/x.sock"])("takes %s", (address) => {
  expect(parse({ address }).form).toEqual({ name: "Build", address });
});

it.each([
  ["", "An address is needed"],
  ["unix://relative", "begins with /"],
  ["tcp://host", "has a host and a port"],
  ["ssh://", "names a host"],
  ["https://host:2376", "not a web page"],
  ["host:2376", "Use a socket's path"],
])("says what is wrong with %j", (address, sentence) => {
  const { form, errors } = parse({ address });
  expect(form).toBeUndefined();
  expect(errors["address"]).toContain(sentence);
});

it("checks names and certificates, and leaves TLS to TCP", () => {
  expect(parse({ name: " Docker ", address: "/x" }).errors["name"]).toContain("already");
  expect(parse({ name: "", address: "/x" }).errors["name"]).toContain("needs a name");
  const tls = { address: "tcp://h:1", tls: true };
  expect(parse({ ...tls, cert: "/c.pem" }).errors).toHaveProperty("key");
  expect(parse({ ...tls, ca: "ca.pem" }).errors["ca"]).toContain("begins with /");
  expect(parse({ ...tls, ca: "/ca.pem", skipVerify: true }).form).toEqual({ name: "Build", address: "tcp://h:1", tls: { ca: "/ca.pem", skipVerify: true } });
  expect(parse({ ...tls, address: "/x", ca: "nonsense" }).form).toEqual({ name: "Build", address: "/x" });
});

it("shows the same as a context of Docker's CLI", () => {
  expect(contextLine(emptyConnectionText)).toBe("docker context create NAME --docker host=ADDRESS");
  expect(contextLine({ ...emptyConnectionText, name: "My server", address: "tcp://h:1", tls: true, ca: "/ca.pem" })).toBe("docker context create My-server --docker host=tcp://h:1,ca=/ca.pem");
});
