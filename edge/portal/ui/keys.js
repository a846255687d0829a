// Keys that work everywhere: "/" searches, Escape closes what is open.
export function listenForKeys(actions) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const typing = event.target.matches?.('input:not([type=radio]), textarea');
    if (event.key === '/' && !typing) {
      event.preventDefault();
      if (matchMedia('(max-width: 760px)').matches) actions.view('history');
      requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('search')?.focus()));
    }
    if (event.key === 'Escape') {
      actions.close();
      if (event.target.id === 'search') document.getElementById('question')?.focus();
    }
  });
}
