// The live view of one run, made from its events (council design 6.8). No DOM, no network.
const kTextMax = 64 * 1024; // Characters kept for a seat; models are cut long before.

const kPhases = {
  ANSWER: 'answers', REFINE_CHAIN: 'answers', REFINE: 'answers', DISCUSS: 'answers', DEBATE: 'answers',
  EXTRACT: 'answers', CLUSTER: 'weigh', GATE: 'weigh', RANK: 'weigh', APPROVE: 'weigh', VOTE: 'weigh',
  DECIDE: 'weigh', DEVIL: 'weigh', WRITE: 'write', CHECK: 'check',
};

export const kPhaseOrder = ['answers', 'weigh', 'write', 'check'];

export function newRun() {
  return {
    seq: -1, startedMs: 0, preset: '', phase: '', ended: false,
    seats: [], // {name, model, state, text, key, speed, why, sinceMs}
    tally: [], // {key, share, seats}
    gate: 0, // The share that decides, where the run tells it.
    written: '', // The answer as it is being written.
    position: 0,
  };
}

const phaseOf = (stage) => kPhases[String(stage ?? '').toUpperCase().replace(/_?\d+$/, '')] ?? 'answers';

// Takes one event; returns false when it is old.
export function applyLive(run, event) {
  const ts = Date.parse(event.ts) || Number(event.ts) || 0;
  const restarted = event.type === 'run.started' && event.seq <= run.seq && ts > run.startedMs;
  if (restarted) Object.assign(run, newRun(), { seq: -1 });
  if (typeof event.seq === 'number') {
    if (event.seq <= run.seq) return false;
    run.seq = event.seq;
  }
  const handler = kHandlers[event.type];
  if (handler) handler(run, event.data ?? {}, ts);
  return true;
}

// Fills in what finished before this page came: `steps` of GET /api/prompts/:id/transcript.
export function seedRun(run, steps) {
  for (const step of steps) {
    if (!step.seat || phaseOf(step.stage) !== 'answers') continue;
    const seat = seatOf(run, step.seat);
    if (/extract/i.test(step.stage) || step.key) seat.key ||= step.key;
    if (seat.state !== 'waiting' || /extract/i.test(step.stage)) continue;
    Object.assign(seat, { state: 'done', text: step.text, model: step.model ?? '' });
  }
  if (run.seats.length > 0) enter(run, 'answers');
}

function seatOf(run, name) {
  const key = String(name ?? '');
  let seat = run.seats.find((other) => other.name === key);
  if (!seat) {
    seat = { name: key, model: '', state: 'waiting', text: '', key: '', speed: 0, why: '', sinceMs: 0 };
    run.seats.push(seat);
  }
  return seat;
}

function enter(run, phase) {
  if (kPhaseOrder.indexOf(phase) > kPhaseOrder.indexOf(run.phase)) run.phase = phase;
}

const nameOfSeat = (seat) => typeof seat === 'string' ? seat : seat?.seat ?? seat?.name ?? seat?.model;
const append = (text, more) => (text + (more ?? '')).slice(-kTextMax);

const kHandlers = {
  'run.queued': (run, data) => { run.position = data.position ?? 0; },
  'run.started': (run, data, ts) => {
    run.startedMs = ts;
    run.preset = data.preset ?? '';
    run.gate = data.gate ?? 0;
    for (const seat of data.seats ?? []) seatOf(run, nameOfSeat(seat)).model = seat?.model ?? '';
    enter(run, 'answers');
  },
  'model.loading': (run, data, ts) => {
    for (const seat of run.seats.filter((other) => belongs(other, data))) {
      if (seat.state !== 'waiting') continue;
      seat.state = 'loading';
      seat.sinceMs = ts;
    }
  },
  'model.ready': (run, data) => {
    for (const seat of run.seats.filter((other) => belongs(other, data))) {
      if (seat.state === 'loading') seat.state = 'waiting';
    }
  },
  'step.started': (run, data, ts) => {
    const phase = phaseOf(data.stage);
    enter(run, phase);
    if (phase === 'write') run.written = '';
    if (phase !== 'answers' || /extract/i.test(data.stage)) return;
    const seat = seatOf(run, data.seat);
    Object.assign(seat, { state: 'answering', text: '', sinceMs: ts });
  },
  'step.delta': (run, data) => {
    const phase = phaseOf(data.stage);
    if (phase === 'write') run.written = append(run.written, data.text);
    if (phase !== 'answers' || /extract/i.test(data.stage ?? '')) return;
    const seat = seatOf(run, data.seat);
    seat.state = 'answering';
    seat.text = append(seat.text, data.text);
  },
  'step.finished': (run, data) => {
    if (phaseOf(data.stage) !== 'answers' || /extract/i.test(data.stage ?? '')) return;
    const seat = seatOf(run, data.seat);
    seat.state = 'done';
    seat.speed = data.tokPerS ?? 0;
    if (typeof data.text === 'string' && data.text !== '') seat.text = data.text;
  },
  'answer.extracted': (run, data) => { seatOf(run, data.seat).key = String(data.key ?? ''); },
  'clusters.updated': (run, data) => setTally(run, Array.isArray(data) ? data : data.clusters),
  'tally.updated': (run, data) => setTally(run, Array.isArray(data) ? data : data.tally ?? data.clusters),
  'stage.finished': (run, data) => { if (phaseOf(data.stage) === 'answers') enter(run, 'answers'); },
  'ballot.cast': (run) => enter(run, 'weigh'),
  gate: (run, data) => {
    enter(run, 'weigh');
    run.gate = data.gate ?? run.gate;
  },
  'seat.lost': (run, data) => Object.assign(seatOf(run, data.seat), { state: 'lost', why: data.why ?? '' }),
  'write.delta': (run, data) => {
    enter(run, 'write');
    run.written = append(run.written, data.text);
  },
  'run.completed': (run) => { enter(run, 'check'); run.ended = true; },
  'run.failed': (run) => { run.ended = true; },
  'run.cancelled': (run) => { run.ended = true; },
};

const belongs = (seat, data) => [seat.name, seat.model].includes(data.model ?? data.seat);

function setTally(run, clusters) {
  if (!Array.isArray(clusters)) return;
  const weight = (cluster) => cluster.share ?? cluster.weight ?? cluster.size ?? 0;
  const sum = clusters.reduce((total, cluster) => total + weight(cluster), 0);
  run.tally = clusters
    .map((cluster) => ({
      key: String(cluster.key ?? ''),
      share: sum > 0 ? weight(cluster) / sum : 0,
      seats: (cluster.seats ?? []).map(nameOfSeat),
    }))
    .sort((a, b) => b.share - a.share);
}
