// Runs a Python program in Pyodide: node pyodide.mjs FOLDER PROGRAM WHEEL...
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, program, ...wheels] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")));
const python = await loadPyodide({ indexURL: folder + path.sep });
for (const wheel of wheels) {
    python.unpackArchive(new Uint8Array(fs.readFileSync(wheel)), "wheel");
}
try {
    python.runPython(fs.readFileSync(program, "utf8"));
} catch (error) {
    console.error(String(error));
    process.exit(1);
}
