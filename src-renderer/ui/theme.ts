import {
  convertCssVariables,
  createTheme,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  defaultVariantColorsResolver,
  mergeMantineTheme,
} from '@mantine/core';
import type { CSSVariablesResolver, MantineColorsTuple, VariantColorsResolver } from '@mantine/core';

/** One accent: the green of a living thing. Shade 8 carries white text (6.4:1), shade 3 dark text. */
const jade: MantineColorsTuple = [
  '#eef7f2',
  '#dcede4',
  '#b4dac8',
  '#7fcaa9',
  '#5cc39a',
  '#3fa67f',
  '#2b8a66',
  '#227a59',
  '#1c6b50',
  '#134a37',
];

/** Mantine's greys, with a breath of the accent in them. */
const gray: MantineColorsTuple = [
  '#f8f9f6',
  '#f1f3ee',
  '#e7eae3',
  '#dbdfd6',
  '#c3c9bd',
  '#a8b0a3',
  '#7d867a',
  '#586159',
  '#3a423c',
  '#1b211d',
];
const dark: MantineColorsTuple = [
  '#e3e8e4',
  '#b9c2bb',
  '#9aa59d',
  '#6d786f',
  '#47514a',
  '#343c37',
  '#262c28',
  '#1f2421',
  '#1a1e1b',
  '#151816',
];

/** Colours of buttons come from the tokens: one pair of ground and ink per meaning, right in both schemes. */
const variantColorResolver: VariantColorsResolver = (input) => {
  const base = defaultVariantColorsResolver(input);
  const bad = input.color === 'red';
  const ground = bad ? 'var(--axon-bad)' : 'var(--axon-accent)';
  switch (input.variant) {
    case 'filled':
      return {
        background: ground,
        hover: `color-mix(in srgb, ${ground} 88%, var(--axon-ink))`,
        color: bad ? 'var(--axon-on-bad)' : 'var(--axon-on-accent)',
        border: '1px solid transparent',
      };
    case 'light':
      return {
        background: bad ? 'var(--axon-bad-wash)' : 'var(--axon-accent-wash)',
        hover: bad ? 'var(--axon-bad-wash)' : 'color-mix(in srgb, var(--axon-accent-wash) 85%, var(--axon-accent))',
        color: bad ? 'var(--axon-bad)' : 'var(--axon-accent-text)',
        border: '1px solid transparent',
      };
    case 'subtle':
      return { ...base, hover: 'var(--axon-sunken)', color: bad ? 'var(--axon-bad)' : 'var(--axon-dim)' };
    default:
      return base;
  }
};

/** Of two lines where the window is narrow; the kit's are as high as a capital. */
const dialogTitle = { fontWeight: 600, lineHeight: 1.3 };

export const theme = createTheme({
  colors: { jade, gray, dark },
  variantColorResolver,
  primaryColor: 'jade',
  primaryShade: { light: 8, dark: 3 },
  autoContrast: true,
  luminanceThreshold: 0.36,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '12px', sm: '13.5px', md: '15px', lg: '17px', xl: '20px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.4', xl: '1.3' },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '8px', lg: '12px', xl: '18px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '40px' },
  headings: { fontWeight: '640' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    NumberInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm' } },
    // one line between two of three would stand beside the chosen one
    SegmentedControl: { defaultProps: { withItemsBorders: false } },
    // The page itself never scrolls, so there is nothing to lock (and locking would need an inline style sheet).
    Modal: {
      styles: { title: dialogTitle },
      defaultProps: { lockScroll: false, centered: true, overlayProps: { backgroundOpacity: 0.35 }, transitionProps: { duration: 120 } },
    },
    Drawer: {
      styles: { title: dialogTitle },
      defaultProps: { lockScroll: false, overlayProps: { backgroundOpacity: 0.3 }, transitionProps: { duration: 160 } },
    },
    // the kit's own greys and red are not ours, and too pale for a description
    Notification: {
      styles: {
        root: { background: 'var(--axon-raised)', border: '1px solid var(--axon-line)' },
        title: { color: 'var(--axon-ink)', fontWeight: 600 },
        description: { color: 'var(--axon-ink)' },
      },
    },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, fz: 12 } },
    Popover: { defaultProps: { radius: 'md', shadow: 'md', transitionProps: { duration: 100 } } },
    // A placeholder for the first focus would stand among the items of a menu, where only items may.
    Menu: { defaultProps: { radius: 'md', shadow: 'md', transitionProps: { duration: 100 }, withInitialFocusPlaceholder: false } },
  },
});

/** Mantine's own colours take their values from tokens.css, so that there is one place for them. */
const ownVariables: CSSVariablesResolver = () => {
  const colours = {
    '--mantine-color-body': 'var(--axon-raised)',
    '--mantine-color-text': 'var(--axon-ink)',
    '--mantine-color-dimmed': 'var(--axon-dim)',
    '--mantine-color-placeholder': 'var(--axon-dim)',
    '--mantine-color-default': 'var(--axon-raised)',
    '--mantine-color-default-hover': 'var(--axon-sunken)',
    '--mantine-color-default-color': 'var(--axon-ink)',
    '--mantine-color-default-border': 'var(--axon-line-strong)',
    '--mantine-color-error': 'var(--axon-bad)',
    // an item of a menu takes this shade, whatever the resolver says
    '--mantine-color-red-6': 'var(--axon-bad)',
    '--mantine-color-anchor': 'var(--axon-accent-text)',
    '--mantine-primary-color-filled': 'var(--axon-accent)',
    '--mantine-primary-color-filled-hover': 'color-mix(in srgb, var(--axon-accent) 88%, var(--axon-ink))',
    '--mantine-primary-color-light': 'var(--axon-accent-wash)',
    '--mantine-primary-color-light-color': 'var(--axon-accent-text)',
    '--mantine-primary-color-contrast': 'var(--axon-on-accent)',
  };
  return { variables: {}, light: colours, dark: colours };
};

/**
 * Hands the theme's variables to the page as a constructed style sheet. Mantine would write a <style> element,
 * which a strict content policy (style-src 'self') refuses.
 */
export function adoptTheme(target: Document): void {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme);
  const base = defaultCssVariablesResolver(merged);
  const own = ownVariables(merged);
  const css = convertCssVariables(
    {
      variables: { ...base.variables, ...own.variables },
      light: { ...base.light, ...own.light, '--mantine-color-scheme': 'light' },
      dark: { ...base.dark, ...own.dark, '--mantine-color-scheme': 'dark' },
    },
    ':root',
  );
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  target.adoptedStyleSheets = [...target.adoptedStyleSheets, sheet];
}
