// Generated from the CSS files by Python: `module_set.styles_module`.
export const STYLES: string
