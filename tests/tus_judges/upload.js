// tus-js-client uploads one photo: node upload.js '{"endpoint", "file", "metadata", "headers", "chunk", "whole"}'
import { readFile } from "node:fs/promises";
import { Upload } from "tus-js-client";

const { endpoint, file, metadata, headers, chunk, whole } = JSON.parse(process.argv[2]);
const upload = new Upload(await readFile(file), {
  endpoint,
  metadata,
  headers,
  chunkSize: chunk ?? Infinity,
  uploadDataDuringCreation: whole,
  retryDelays: Array(40).fill(30),
  onError: (error) => {
    console.error(String(error));
    process.exitCode = 1;
  },
  onSuccess: () => console.log(upload.url),
});
upload.start();
