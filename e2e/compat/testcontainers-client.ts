/**
 * A Testcontainers user of its own process, because the library keeps one engine per process. Reads DOCKER_HOST and
 * TEST_IMAGE; prints what it saw as JSON.
 */
import { GenericContainer, Wait } from "testcontainers";

// Testcontainers does not let its log stream keep the process alive.
setInterval(() => undefined, 60_000);
const image = process.env["TEST_IMAGE"]!;
const container = await new GenericContainer(image)
  .withExposedPorts(80)
  .withEnvironment({ GREETING: "hello" })
  .withCopyContentToContainer([{ content: "copied in\n", target: "/var/www/copied" }])
  .withCommand(["sh", "-c", "echo $GREETING is ready; exec httpd -f -p 80 -h /var/www"])
  .withWaitStrategy(Wait.forAll([Wait.forListeningPorts(), Wait.forLogMessage("hello is ready")]))
  .withStartupTimeout(30_000)
  .start();
const page = await (await fetch(`http://${container.getHost()}:${container.getMappedPort(80)}/copied`)).text();
const exec = await container.exec(["sh", "-c", "echo from exec; exit 5"]);
const logged = await new Promise<boolean>((resolve, reject) => {
  container.logs().then((stream) => stream.on("data", (line: Buffer | string) => {
    if (!line.toString().includes("hello is ready")) return;
    stream.destroy();
    resolve(true);
  }), reject);
});
let copied = "";
for await (const chunk of await container.copyArchiveFromContainer("/var/www/copied")) copied += String(chunk);
await container.stop();
const stopped = await fetch(`http://${container.getHost()}:${container.getMappedPort(80)}/copied`).then(() => false, () => true);
process.stdout.write(JSON.stringify({ page, exec: { exitCode: exec.exitCode, output: exec.output }, logged, copiedOut: copied.includes("copied in\n"), stopped }));
process.exit(0);
