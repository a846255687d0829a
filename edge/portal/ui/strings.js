// Every word of the page, in one place. A further language is one more table with the same keys.
const number = new Intl.NumberFormat('en');
const plural = (n, one, many) => `${number.format(n)} ${n === 1 ? one : many}`;

const en = {
  lang: 'en',
  brand: 'OTM Home',
  askLabel: 'Your question',
  askHint: 'Ask your council anything. It stays in this house.',
  ask: 'Ask',
  asking: 'Sending…',
  newQuestion: 'Ask the council',
  minutes: 'Minutes to discuss',
  minutesHint: '1 to 60, usually 7',
  presetsLabel: 'How thorough?',
  tooLong: (kib) => `The question is longer than ${kib} KiB. Please shorten it.`,
  notSent: (why) => `Not sent: ${why} Your question is still in the box; press Ask to try again.`,
  serverAway: 'the server at home does not answer.',
  serverSlow: 'the server at home took too long.',
  serverOdd: (status) => `the server answered with error ${status}.`,

  search: 'Search questions and answers',
  searchHint: 'Search',
  history: 'History',
  models: 'Models',
  more: (left) => `Show older (${number.format(left)} more)`,
  loading: 'Loading your questions…',
  nothingFound: (words) => `Nothing found for “${words}”.`,
  historyEmpty: 'Questions you ask will stand here.',
  historyBroken: (why) => `The list could not be loaded: ${why}`,
  again: 'Try again',
  today: 'Today',
  yesterday: 'Yesterday',

  connected: 'Connected',
  connecting: 'Connecting…',
  disconnected: 'Disconnected',
  connectionLost: 'No connection to the server at home. Nothing is lost; this page reconnects by itself.',

  emptyTitle: 'What would you like to know?',
  emptyText: 'A council is several language models on your own computer: each answers alone, then they compare and decide together.',
  examples: [
    'Is tap water fine for an orchid?',
    'Explain leap seconds to a ten-year-old.',
    'A rain barrel is 60 cm wide and 90 cm high. How many litres does it hold?',
  ],

  statusWords: {
    PENDING: 'Waiting', PROCESSING: 'The council is working', COMPLETED: 'Answered',
    CACHED: 'Answered before', FAILED: 'No answer', CANCELLED: 'Cancelled',
  },
  waiting: (n) => n > 0 ? `Waiting: ${plural(n, 'question', 'questions')} before this one.` : 'Waiting: this one is next.',
  held: 'Kept safely at home: the council cannot be reached just now and gets it as soon as it is back.',
  waitingModel: 'Waiting for a model. The question is kept and will be answered.',
  starting: 'The council is starting…',
  steps: {
    answers: (done, all) => all > 0 ? `Answers ${done} of ${all}` : 'Answers',
    weigh: 'Weighing', write: 'Writing', check: 'Done',
  },
  seatStates: {
    waiting: 'waiting', loading: (s) => `loading, ${s} s`, answering: 'answering…', done: 'done', lost: 'missing',
    speed: (tokens) => `done · ${Math.round(tokens)} tok/s`,
  },
  seatWaits: 'Waits for its turn.',
  seatLoads: 'Is being loaded into memory.',
  votesLabel: 'Votes so far',
  voteShare: (percent, seats) => `${percent} % · ${plural(seats, 'model', 'models')}`,
  writing: 'The answer is being written',
  cancel: 'Cancel',
  cancelled: 'You cancelled this question.',

  agreement: {
    consensus: 'Consensus', strong: 'Strong agreement', majority: 'Majority', split: 'Split opinion', one: 'No disagreement',
  },
  degraded: 'Not all models took part',
  missing: (n) => `${plural(n, 'model', 'models')} did not answer`,
  dissent: 'Another view: ',
  failed: (why) => `No answer: ${why || 'the council stopped.'} You can ask it again.`,
  stillGone: 'This question is not there any more. It may have been deleted.',
  noSuchYet: 'Looking for this question…',
  copy: 'Copy', copied: 'Copied', copyFailed: 'Copy did not work: select the text instead',
  askAgain: 'Ask again', transcript: 'How they decided', hideTranscript: 'Hide details',
  remove: 'Delete', removeSure: 'Delete for good?', keep: 'Keep',
  actionFailed: (what, why) => `${what} did not work: ${why}`,
  transcriptEmpty: 'No model call is recorded for this question.',
  seconds: (ms) => `${(ms / 1000).toLocaleString('en', { maximumFractionDigits: ms < 10000 ? 2 : 0 })} s`,
  calls: (n) => plural(n, 'model call', 'model calls'),
  tokens: (n) => plural(n, 'token', 'tokens'),
  decidedBy: (how) => `decided by: ${how}`,
  families: (ours, theirs) => `${plural(ours, 'family', 'families')} of models for it, ${theirs} against`,
  checked: (what) => `checked by code: ${what}`,
  careful: 'All models can share a mistake. Check what matters.',

  modelStates: {
    READY: 'Ready', PREPARING: 'Preparing a model', SIMULATED: 'Simulated', MISSING: 'No model',
  },
  preparing: (percent) => `Preparing a model, ${percent} %: questions wait and are answered when it is ready.`,
  missingModel: 'No model is connected: questions wait until there is one.',
  simulated: 'Simulated: no model connected. Answers are made up to show how the page works.',
  seatsTitle: 'Seats of the council',
  presetsTitle: 'Ways to answer',
  noSeats: 'No model has a seat yet.',
  close: 'Close',

  live: {
    sent: 'Question sent.',
    PROCESSING: 'The council has started.',
    ANSWER: (n) => n > 0 ? `${plural(n, 'model', 'models')} are answering.` : 'The models are answering.',
    WEIGH: 'The models compare their answers.',
    WRITE: 'The answer is being written.',
    COMPLETED: 'The answer is there.',
    CACHED: 'The answer is there.',
    FAILED: 'There is no answer.',
    CANCELLED: 'The question was cancelled.',
    lost: 'Connection lost.',
    back: 'Connected again.',
    removed: 'Question deleted.',
  },
};

const languages = { en };
const wanted = (navigator.languages ?? ['en']).map((tag) => tag.split('-')[0]);
export const t = languages[wanted.find((tag) => tag in languages) ?? 'en'];
