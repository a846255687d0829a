// The event stream: stays connected, and continues exactly where it was.
//
// EventSource reconnects by itself after a cut, but gives up for good on an answer other than
// 200 and, in some browsers, when the server is away: then it is opened again here, with a
// growing pause, from the last position. A tab that nobody sees gives its connection back: a
// browser has six of them for each server.
const kPauseMinMs = 1_000;
const kPauseMaxMs = 30_000;
const kHiddenMs = 60_000;

export class Stream {
  /** @param {{frame: Function, hello: Function, reset: Function, state: Function}} on */
  constructor(on) {
    this.on = on;
    this.lastId = '';
    this.pause = kPauseMinMs;
    this.source = null;
    this.timer = 0;
    document.addEventListener('visibilitychange', () => this.visibility());
    window.addEventListener('online', () => this.wake());
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.source?.close();
    const query = this.lastId ? `?last_event_id=${encodeURIComponent(this.lastId)}` : '';
    const source = new EventSource(`/api/events${query}`);
    this.source = source;
    source.onopen = () => {
      this.pause = kPauseMinMs;
      this.on.state('open');
    };
    source.onmessage = (event) => this.take(event, () => this.on.frame(JSON.parse(event.data)));
    source.addEventListener('hello', (event) => this.take(event, this.on.hello));
    source.addEventListener('reset', (event) => this.take(event, this.on.reset));
    source.onerror = () => {
      this.on.state('lost');
      if (source.readyState !== EventSource.CLOSED) return;
      this.timer = setTimeout(() => this.open(), this.pause * (0.75 + Math.random() / 2));
      this.pause = Math.min(this.pause * 2, kPauseMaxMs);
    };
  }

  take(event, act) {
    if (event.lastEventId) this.lastId = event.lastEventId;
    try {
      act();
    } catch (error) {
      console.warn('an event was not understood', error); // The next ones are.
    }
  }

  wake() {
    if (this.source?.readyState !== EventSource.OPEN) this.open();
  }

  visibility() {
    clearTimeout(this.hiddenTimer);
    if (!document.hidden) {
      if (!this.source) this.open();
      else if (this.source.readyState === EventSource.CLOSED) this.wake();
      return;
    }
    this.hiddenTimer = setTimeout(() => {
      clearTimeout(this.timer);
      this.source?.close();
      this.source = null;
      this.on.state('connecting');
    }, kHiddenMs);
  }
}
