// Icons only the viewer uses.
Object.assign(ICONS, {
  plus: line('<path d="M12 5.5v13M5.5 12h13"/>'),
  minus: line('<path d="M5.5 12h13"/>'),
  fit: line('<path d="M4.5 9V6.5a2 2 0 0 1 2-2H9m6 0h2.5a2 2 0 0 1 2 2V9m0 6v2.5a2 2 0 0 1-2 2H15m-6 0H6.5a2 2 0 0 1-2-2V15"/>'),
  facts: line('<circle cx="12" cy="12" r="8.5"/><path d="M12 11.2v5M12 7.9v.1"/>'),
  chain: line('<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1"/>'),
  label: line('<path d="M4.5 5.5v6l8.2 8.2a1.5 1.5 0 0 0 2.1 0l5-5a1.5 1.5 0 0 0 0-2.1l-8.2-8.1h-6a1 1 0 0 0-1.1 1z"/><path d="M8.6 8.6v.1"/>'),
  folder: line('<path d="M3.5 8V6.5a2 2 0 0 1 2-2h3.3l2.2 2.5h7.5a2 2 0 0 1 2 2v8.5a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z"/>'),
  back: line('<path d="M4.5 9.5h9a5 5 0 0 1 0 10H8M8.5 5l-4.5 4.5L8.5 14"/>'),
  down: line('<path d="m6.5 9.5 5.5 5.5 5.5-5.5"/>'),
  done: line('<path d="m5 12.5 4.5 4.5L19 7.5"/>'),
  clockface: line('<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>'),
  alarm: line('<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5.5M12 16.3v.1"/>'),
})
