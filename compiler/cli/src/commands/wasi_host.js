// Runs a WebAssembly program in Node.js: `node -e THIS FILE.wasm ARGV0 ARGS...`. It sees the files
// that its user sees. What has no message in WebAssembly gets the one that other targets print.
const { readFileSync, writeSync } = require("node:fs");
const { WASI } = require("node:wasi");

const [file, ...args] = process.argv.slice(1);
const wasi = new WASI({
    version: "preview1",
    args,
    env: { ...process.env, PWD: process.cwd() },
    preopens: { "/": "/" },
    returnOnExit: true,
});

function describe(error) {
    if (error instanceof RangeError) return "PanicError: stack overflow";
    return `PanicError: ${error.message}`;
}

function main() {
    const module = new WebAssembly.Module(readFileSync(file));
    const instance = new WebAssembly.Instance(module, {
        wasi_snapshot_preview1: wasi.wasiImport,
    });
    try {
        return wasi.start(instance);
    } catch (error) {
        const stack = error instanceof RangeError;
        if (!stack && !(error instanceof WebAssembly.RuntimeError)) throw error;
        writeSync(2, `${describe(error)}\n`);
        return 1;
    }
}

process.exit(main());
