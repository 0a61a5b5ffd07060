import type { RefCallback } from 'react';

/**
 * For things that must not lie on each other: a ref that keeps a length of the page (`--name`, px) at the height of its element while that
 * is there, and takes it away with it. Made once per name, outside of components.
 */
export function heightAs(name: `--axon-${string}`): RefCallback<HTMLElement> {
  return (element) => {
    if (element === null) return undefined;
    const { style } = element.ownerDocument.documentElement;
    const observer = new ResizeObserver(() => style.setProperty(name, `${element.offsetHeight}px`));
    observer.observe(element);
    return () => {
      observer.disconnect();
      style.removeProperty(name);
    };
  };
}
