// Node's own fetch: so many asynchronous loops that share a counter. node node_fetch.mjs URL CREATES AT_ONCE

const [url, rows, atOnce] = process.argv.slice(2);
const headers = { Authtoken: "QSDK 3bench", Accept: "application/json", "Content-type": "application/json" };
let next = 0;

function body(number) {
  const entity = {
    appName: "File System",
    backupsetName: `FS_Wave_${String(number).padStart(7, "0")}`,
    clientName: `client${String(number % 500).padStart(4, "0")}`,
    instanceName: "DefaultInstanceName",
  };
  const backupSetInfo = { planEntity: { planName: "Gold" } };
  return JSON.stringify({ association: { entity: [entity] }, backupSetInfo });
}

async function work() {
  while (next < Number(rows)) {
    const response = await fetch(`${url}/Backupset`, { method: "POST", headers, body: body(next++) });
    const answer = await response.json();
    if (response.status !== 200 || answer.response[0].errorCode !== 0) {
      throw new Error("a create was refused");
    }
  }
}

const began = performance.now();
await Promise.all(Array.from({ length: Number(atOnce) }, work));
console.log((performance.now() - began) / 1000);
