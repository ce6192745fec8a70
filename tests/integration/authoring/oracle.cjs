// juice as the judge of inlined styles: JSON lines {"html"} in, {"html"} out.
const juice = require(process.argv[2] + "/node_modules/juice");
const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const html = juice(JSON.parse(line).html, {
    applyWidthAttributes: false, applyHeightAttributes: false, applyAttributesTableElements: false,
    removeStyleTags: false, preserveImportant: false, inlinePseudoElements: false,
  });
  console.log(JSON.stringify({ html }));
});
