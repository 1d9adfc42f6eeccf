// Renders docs/pictures/*.mmd as SVG for light and dark mode: GitHub renders Mermaid, but package registries
// do not. With --check it writes nothing, and fails if a picture is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';

const FOLDER = 'docs/pictures';
const LIGHT = '--bg: #ffffff; --fg: #1f2328; --muted: #3d444d; --line: #59636e; --accent: #0969da; --surface: #f6f8fa; --border: #818b98;';
const DARK = '--bg: #0d1117; --fg: #f0f6fc; --muted: #d1d7e0; --line: #9198a1; --accent: #4493f8; --surface: #151b23; --border: #656c76;';

/** Renders Mermaid text as SVG with colors for both modes and common fonts, narrow enough for a phone. */
function draw(text) {
  return renderMermaidSVG(text, { font: 'Arial', padding: 8, nodeSpacing: 16, layerSpacing: 32 })
    .replace(/ style="--bg:[^"]*"/, '')
    .replace(/\n *@import url\([^\n]*/, '')
    .replace(/font-family: 'Arial'[^;]*;/, "font-family: Arial, Helvetica, 'Liberation Sans', sans-serif;")
    .replace('<style>', `<style>
  svg { ${LIGHT} background: var(--bg); }
  .message text { font-size: 13px; paint-order: stroke; stroke: var(--bg); stroke-width: 4px; }
  @media (prefers-color-scheme: dark) { svg { ${DARK} } }`)
    .replace(/(\d+\.\d\d)\d+/g, '$1')
    .concat('\n');
}

for (const source of readdirSync(FOLDER).filter((file) => file.endsWith('.mmd'))) {
  const target = join(FOLDER, source.replace('.mmd', '.svg'));
  const picture = draw(readFileSync(join(FOLDER, source), 'utf8'));
  if (!process.argv.includes('--check')) {
    writeFileSync(target, picture);
  } else if (readFileSync(target, 'utf8') !== picture) {
    console.error(`${target} is out of date: run \`npx projen pictures\` and commit it`);
    process.exitCode = 1;
  }
}
