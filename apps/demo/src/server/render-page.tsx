/** The page as text: rendered of the guarded state itself, with what the browser needs to go on with it. */
import { dehydrate, GuardProvider, type GuardSource } from '@faultguard/react-hooks';
import { renderToString } from 'react-dom/server';
import type { NotebookState } from '../notebook/notebook.ts';
import type { Visitor } from '../notebook/visitor.ts';
import { Page, type PageFacts } from '../page/page.tsx';

interface PageParts {
  readonly state: NotebookState['page'];
  readonly guard: GuardSource;
  readonly visitor: Visitor;
  readonly twinOrigin: string;
}

export function renderPage({ state, guard, visitor, twinOrigin }: PageParts): string {
  const facts: PageFacts = { visitor, twinOrigin };
  const page = renderToString(
    <GuardProvider state={state} guard={guard}>
      <Page {...facts} />
    </GuardProvider>,
  );
  // Rendering was one run of code, so what is dehydrated is what has been rendered.
  return `<!doctype html>
<html lang="en" data-theme="${visitor.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="A laboratory notebook that can be crashed in every way, and loses nothing.">
<title>faultguard: the laboratory notebook</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/page.css">
</head>
<body>
<div id="root">${page}</div>
<script type="application/json" id="state">${dehydrate(state)}</script>
<script type="application/json" id="facts">${escapeForScript(JSON.stringify(facts))}</script>
<script type="module" src="/assets/page.js"></script>
</body>
</html>
`;
}

/** In JSON a `<` stands in strings alone; without it no text can end the script element. */
function escapeForScript(json: string): string {
  return json.replaceAll('<', '\\u003c');
}
