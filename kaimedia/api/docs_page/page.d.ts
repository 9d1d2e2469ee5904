// Defined by Swagger UI's own script, which the page loads first.
interface Window {
  SwaggerUIBundle(options: object): void
}
