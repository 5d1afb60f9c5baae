using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "*:8787", http = (), service = "main")]
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "dist/worker.js"),
    (name = "kernels.wasm", wasm = embed "dist/kernels.wasm"),
    (name = "weights.bin", data = embed "dist/weights.bin"),
  ],
  compatibilityDate = "2026-11-01",
);
