import { defineConfig } from "vite";
import { shipped } from "./make/shipped.ts";

export default defineConfig({
  plugins: [shipped()],
  build: { target: "es2021", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  worker: { format: "es" },
  test: { include: ["src/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
