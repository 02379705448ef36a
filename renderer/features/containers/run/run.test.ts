import { describe, expect, it } from "vitest";
import { emptyRun, parseEnvLines, parseRun, type RunText } from "./run-form.ts";
import { runLine } from "./run-line.ts";

const web: RunText = {
  ...emptyRun,
  image: "nginx:alpine",
  name: "web-1",
  command: "nginx -g 'daemon off;'",
  ports: [{ host: "8080", container: "80", protocol: "tcp" }, { host: "", container: "", protocol: "tcp" }, { host: "127.0.0.1:5353", container: "53", protocol: "udp" }],
  env: [{ name: "MODE", value: "a b" }],
  volumes: [{ source: "/srv/www", target: "/usr/share/nginx/html", readOnly: true }, { source: "data", target: "/data", readOnly: false }, { source: "", target: "/cache", readOnly: false }],
  restart: "unless-stopped",
};

describe("the run form", () => {
  it("becomes what the contract asks for", () => {
    expect(parseRun(web)).toEqual({
      errors: {},
      form: {
        image: "nginx:alpine",
        name: "web-1",
        command: ["nginx", "-g", "daemon off;"],
        ports: [{ hostPort: 8080, containerPort: 80, protocol: "tcp" }, { hostIp: "127.0.0.1", hostPort: 5353, containerPort: 53, protocol: "udp" }],
        env: [{ name: "MODE", value: "a b" }],
        volumes: [{ type: "bind", source: "/srv/www", target: "/usr/share/nginx/html", readOnly: true }, { type: "volume", source: "data", target: "/data", readOnly: false }, { type: "volume", target: "/cache", readOnly: false }],
        restartPolicy: { name: "unless-stopped" },
        autoRemove: false,
        tty: false,
        interactive: false,
      },
    });
  });

  it.each<[string, Partial<RunText>, string]>([
    ["no image", { image: "" }, "image"],
    ["a port outside the range", { ports: [{ host: "70000", container: "80", protocol: "tcp" }] }, "ports.0.host"],
    ["a missing inner port", { ports: [{ host: "80", container: "", protocol: "tcp" }] }, "ports.0.container"],
    ["a port twice", { ports: [{ host: "80", container: "1", protocol: "tcp" }, { host: "80", container: "2", protocol: "tcp" }] }, "ports.1.host"],
    ["an open quotation mark", { command: "echo 'a" }, "command"],
    ["a name with a blank", { name: "a b" }, "name"],
    ["a relative target", { volumes: [{ source: "data", target: "data", readOnly: false }] }, "volumes.0.target"],
    ["an error below an empty row", { volumes: [{ source: "", target: "", readOnly: false }, { source: "data", target: "x", readOnly: false }] }, "volumes.1.target"],
    ["a variable without a name", { env: [{ name: "", value: "x" }] }, "env.0.name"],
    ["restart with remove", { restart: "always", remove: true }, "remove"],
  ])("says where %s is wrong", (_, change, path) => {
    const { form, errors } = parseRun({ ...emptyRun, image: "nginx", ...change });
    expect(form).toBeUndefined();
    expect(Object.keys(errors)).toEqual([path]);
    expect(errors[path]).toMatch(/[.?]$/);
  });

  it("shows the same as a command line", () => {
    expect(runLine(web)).toBe("docker run -d --name web-1 -p 8080:80 -p 127.0.0.1:5353:53/udp -e 'MODE=a b' -v /srv/www:/usr/share/nginx/html:ro -v data:/data -v /cache --restart unless-stopped nginx:alpine nginx -g 'daemon off;'");
    expect(runLine(emptyRun)).toBe("docker run -d IMAGE");
  });

  it("reads pasted env files", () => {
    expect(parseEnvLines("# c\nA=1\nexport B='x y'\n\nnope")).toEqual([{ name: "A", value: "1" }, { name: "B", value: "x y" }]);
  });
});
