import { fileTreeSuite } from "./file-tree.suite.ts";

fileTreeSuite("a directory in place", { open: async (lab, nodes, options) => lab.directory(nodes, options) });
fileTreeSuite("a tar that is kept", { open: (lab, nodes, options) => lab.tar(nodes, options) });
fileTreeSuite("a compressed tar", { open: (lab, nodes, options) => lab.tar(nodes, { ...options, compress: "--gzip" }) });
