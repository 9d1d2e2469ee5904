// @ts-check
// Shows the copy buttons where the browser allows copying: not on plain http, and not in every frame.
for (const button of document.querySelectorAll('button')) {
  const lines = button.nextElementSibling?.textContent ?? ''
  button.hidden = !navigator.clipboard
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(lines)
      button.textContent = 'Copied'
    } catch {
      button.hidden = true // the frame is not allowed to; the lines can still be selected
      return
    }
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 2000)
  })
}
