// Runs in the browser: what is wrong with the shown page for people who cannot see it well or use no mouse.
// WCAG 2.2: 1.3.1, 1.4.3, 1.4.10, 4.1.2. Self-contained, for `page.evaluate`; no TypeScript, as the tests have no DOM types.

/** Returns the faults as text, none for a good page. */
export async function pageFaults() {
  // A colour on its way is neither the one nor the other.
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));

  const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const all = (selector) => [...document.querySelectorAll(selector)];

  const structure = () => [
    ...['header', 'main', 'footer', 'h1', 'title'].flatMap((name) =>
      all(name === 'title' ? 'head title' : `${name}:not([role="presentation"])`).length === 1
        ? []
        : [`not exactly one ${name}`],
    ),
    ...(document.documentElement.lang === '' ? ['the document has no language'] : []),
  ];

  const names = () =>
    all('a[href], button, input, select, textarea, [role="progressbar"], [role="dialog"]')
      .filter(isShown)
      .filter((element) => !nameOf(element))
      .map((element) => `has no name: ${element.outerHTML.slice(0, 120)}`);
  const nameOf = (element) =>
    element.getAttribute('aria-label') ||
    (element.getAttribute('aria-labelledby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join('')
      .trim() ||
    [...(element.labels ?? [])].map((label) => label.textContent.trim()).join('') ||
    (element.matches('a, button') ? element.textContent.trim() : '');

  // sRGB relative luminance and contrast ratio as WCAG defines them.
  const rgba = (color) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    return { red, green, blue, alpha };
  };
  const luminance = ({ red, green, blue }) => {
    const [r, g, b] = [red, green, blue]
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color.alpha === 1) return color;
    }
    return { red: 255, green: 255, blue: 255, alpha: 1 };
  };
  const contrast = () => {
    const faults = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.textContent.trim();
      if (text === '' || element.closest('script, style, noscript, option, [disabled], [data-disabled]')) continue;
      if (!isShown(element)) continue;
      const [lighter, darker] = [rgba(getComputedStyle(element).color), backgroundOf(element)]
        .map(luminance)
        .toSorted((left, right) => right - left);
      const ratio = (lighter + 0.05) / (darker + 0.05);
      if (ratio < 4.5) faults.add(`contrast ${ratio.toFixed(2)}: ${text.slice(0, 60)}`);
    }
    return [...faults];
  };

  const overflow = () => {
    const excess = document.documentElement.scrollWidth - window.innerWidth;
    return excess > 0 ? [`wider than the window by ${excess} pixels`] : [];
  };

  const isTooNarrow = (element) => element.scrollWidth > element.clientWidth + 1;
  const cutOff = () => [
    // A title says the whole where a label may end with an ellipsis.
    ...all('button:not([title]), a:not([title])')
      .filter(isShown)
      .filter((element) => [element, ...element.querySelectorAll('*')].some(isTooNarrowAndCut))
      .map((element) => `its label is cut off: ${nameOf(element)}`),
    ...all('[role="dialog"]')
      .filter(isShown)
      .filter((dialog) => [dialog, ...dialog.querySelectorAll('*')].some((part) => isBeyond(part, dialog)))
      .map((dialog) => `more than a dialog has room for: ${nameOf(dialog)}`),
  ];
  const isTooNarrowAndCut = (element) =>
    getComputedStyle(element).overflowX !== 'visible' && element.clientWidth > 1 && isTooNarrow(element);
  const isBeyond = (part, dialog) => part.getBoundingClientRect().right > dialog.getBoundingClientRect().right + 1;

  return [...structure(), ...names(), ...contrast(), ...overflow(), ...cutOff()];
}
