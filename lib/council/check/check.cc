#include "lib/council/check/check.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "lib/council/check/arithmetic.h"
#include "lib/council/check/calendar.h"
#include "lib/council/check/question.h"
#include "lib/council/check/units.h"
#include "lib/council/text/clean.h"
#include "lib/council/text/key.h"

namespace council::check {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The number of a key, and how exactly it is told.
struct Told {
  double value = 0;
  int decimals = 0;
  int digits = 0;    // Significant ones.
  std::string unit;  // As the key says it; may be empty.
};

std::optional<Told> ReadTold(std::string_view key) {
  Told told;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), told.value);
  if (error != std::errc()) return std::nullopt;
  const auto length = static_cast<size_t>(end - key.data());
  const std::string_view number = key.substr(0, length);
  const size_t point = number.find('.');
  if (point != std::string_view::npos) told.decimals = static_cast<int>(length - point - 1);
  bool leading = true;
  for (const char c : number.substr(0, number.find('e'))) {
    if (!IsDigit(c)) continue;
    leading = leading && c == '0';
    told.digits += leading ? 0 : 1;
  }
  if (length < key.size() && key[length] != ' ') return std::nullopt;
  told.unit = std::string(Trim(key.substr(length)));
  return told;
}

// Keys have ten digits; whole numbers must be exact up to that.
bool IsClose(double told, double truth, double part) {
  return std::abs(told - truth) <= part * std::max(std::abs(truth), std::abs(told));
}
constexpr double kExact = 1e-9;

// Right where it is the number, or rounded from it with two digits or more.
Finding Compare(const Told& told, const Rational& truth) {
  if (IsClose(told.value, truth.Value(), kExact)) return Finding::kRight;
  if (truth.is_whole() || told.decimals == 0 || told.digits < 2) return Finding::kWrong;
  const double half_a_place = 0.5000001 * std::pow(10, -told.decimals);
  const bool rounded = std::abs(told.value - truth.Value()) <= half_a_place;
  return rounded ? Finding::kRight : Finding::kWrong;
}

Checked Say(Finding finding, std::string fact) {
  return {.finding = finding, .fact = std::move(fact)};
}

// ---- Sums ---------------------------------------------------------------------------------------

// The words before a sum; what is left must be the sum and nothing else.
std::string_view WithoutLead(std::string_view text) {
  for (const std::string_view lead :
       {"what is the result of ", "what is the value of ", "what is ", "what's ", "what does ",
        "how much is ", "calculate ", "compute ", "evaluate ", "work out ", "solve ",
        "wie viel ist ", "wieviel ist ", "wie viel ergibt ", "wieviel ergibt ", "was ergibt ",
        "was ist ", "berechne ", "rechne "}) {
    if (text.starts_with(lead)) {
      text.remove_prefix(lead.size());
      break;
    }
  }
  for (const std::string_view tail : {" equal", " make", " =", " aus"}) {
    if (text.ends_with(tail)) text.remove_suffix(tail.size());
  }
  return Trim(text);
}

constexpr std::pair<std::string_view, std::string_view> kOperators[] = {
    {" to the power of ", " ^ "},
    {" multiplied by ", " * "},
    {" divided by ", " / "},
    {" geteilt durch ", " / "},
    {" percent of ", " % * "},
    {" prozent von ", " % * "},
    {"% of ", "% * "},
    {"% von ", "% * "},
    {" squared ", " ^2 "},
    {" cubed ", " ^3 "},
    {" times ", " * "},
    {" plus ", " + "},
    {" minus ", " - "},
    {" mal ", " * "},
    {" durch ", " / "},
    {" hoch ", " ^ "},
    {" x ", " * "},
    {" over ", " / "},
};

// The text as a sum of plain numbers; empty where it has anything else in it.
std::string Expression(const Question& question) {
  std::string text = " " + std::string(WithoutLead(question.text)) + " ";
  for (const auto& [from, to] : kOperators) {
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
      text.replace(at, from.size(), to);
      at += to.size() - 1;  // The blank behind it may begin the next one.
    }
  }
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && (IsDigit(text[end]) || text[end] == '.' || text[end] == ',')) ++end;
    if (end == at) {
      if (!std::string_view("+-*/^%() ").contains(text[at])) return {};
      plain += text[at++];
      continue;
    }
    const auto number = PlainNumber(std::string_view(text).substr(at, end - at), question.marks);
    if (!number) return {};
    plain += *number;
    at = end;
  }
  return std::string(Trim(plain));
}

// "1914-1918" and "2/3/2024" alone are no sums that somebody wants to know.
bool LooksLikeADate(const Question& question, std::string_view expression) {
  const bool bare = question.text.size() == expression.size();
  return bare && !expression.contains(' ') &&
         expression.find_first_not_of("0123456789-/") == std::string_view::npos;
}

std::optional<Checked> CheckSum(const Question& question, std::string_view key) {
  const std::string expression = Expression(question);
  if (expression.empty() || LooksLikeADate(question, expression)) return std::nullopt;
  const auto sum = Evaluate(expression);
  if (!sum || sum->operators == 0) return std::nullopt;
  const auto told = ReadTold(key);
  // A unit that nobody asked for means that something else was understood.
  if (!told || !told->unit.empty()) return Checked{};
  return Say(Compare(*told, sum->value), expression + " = " + sum->value.Text());
}

// ---- Units --------------------------------------------------------------------------------------

struct Conversion {
  Rational amount;
  std::string from;
  std::string to;
};

// "how many cm are in 2 m", "wie viele minuten hat ein tag"
std::optional<Conversion> HowMany(Tokens tokens) {
  if (!tokens.Take({"how", "many"}) && !tokens.Take({"wie", "viele"}) &&
      !tokens.Take({"wie", "viel"})) {
    return std::nullopt;
  }
  Conversion asked;
  asked.to = std::string(tokens.Next());
  if (!tokens.TakeOne({"are", "is", "in", "make", "sind", "hat", "haben", "ergeben"})) {
    return std::nullopt;
  }
  tokens.Take({"there"});
  tokens.TakeOne({"in", "equal"});
  const auto amount = tokens.TakeNumber();
  asked.from = std::string(tokens.Next());
  if (!amount || !tokens.Empty()) return std::nullopt;
  asked.amount = *amount;
  return asked;
}

// "convert 5 miles to km", "what is 20 °c in fahrenheit", "rechne 3 km in meter um"
std::optional<Conversion> InOther(Tokens tokens) {
  const bool asked_for =
      tokens.Take({"convert"}) || tokens.Take({"rechne"}) || tokens.Take({"what", "is"}) ||
      tokens.Take({"what", "are"}) || tokens.Take({"how", "much", "is"}) ||
      tokens.Take({"wie", "viel", "ist"}) || tokens.Take({"wie", "viel", "sind"}) ||
      tokens.Take({"was", "ist"}) || tokens.Take({"was", "sind"});
  if (!asked_for) return std::nullopt;
  const bool below = tokens.TakeOne({"-", "minus"});
  auto amount = tokens.TakeNumber();
  if (amount && below) amount = Rational(0).Minus(*amount);
  Conversion conversion;
  conversion.from = std::string(tokens.Next());
  if (!amount || !tokens.TakeOne({"to", "in", "into"})) return std::nullopt;
  conversion.to = std::string(tokens.Next());
  tokens.Take({"um"});
  if (!tokens.Empty()) return std::nullopt;
  conversion.amount = *amount;
  return conversion;
}

// Half a percent: people round what they convert.
constexpr double kRounded = 0.005;

bool IsIn(const Told& told, const Rational& truth, const Unit& unit) {
  double value = told.value;
  if (!told.unit.empty()) {
    const auto said = FindUnit(told.unit);
    if (!said) return false;
    // Keys bring units to their base; so the number is brought to the unit that was asked for.
    value = (value * said->factor.Value() + said->offset.Value() - unit.offset.Value()) /
            unit.factor.Value();
  }
  // A rounded reading of a thermometer near zero is no half percent; a tenth of a degree is.
  constexpr double kTenth = 0.051;
  if (unit.dimension == Dimension::kTemperature && std::abs(value - truth.Value()) <= kTenth) {
    return true;
  }
  return IsClose(value, truth.Value(), truth.is_whole() ? kExact : kRounded);
}

std::optional<Checked> CheckUnits(const Question& question, std::string_view key) {
  auto asked = HowMany(Tokens(question));
  if (!asked) asked = InOther(Tokens(question));
  if (!asked) return std::nullopt;
  const auto from = FindUnit(asked->from);
  const auto to = FindUnit(asked->to);
  if (!from || !to || from->dimension != to->dimension) return std::nullopt;
  std::vector<Rational> truths;
  for (const bool other_from : {false, true}) {
    for (const bool other_to : {false, true}) {
      Unit source = *from;
      Unit target = *to;
      if ((other_from && !source.other_factor) || (other_to && !target.other_factor)) continue;
      if (other_from) source.factor = *source.other_factor;
      if (other_to) target.factor = *target.other_factor;
      const auto truth = Convert(asked->amount, source, target);
      if (truth) truths.push_back(*truth);
    }
  }
  const auto told = ReadTold(key);
  if (truths.empty() || !told) return Checked{};
  const auto said = told->unit.empty() ? to : FindUnit(told->unit);
  if (!said || said->dimension != to->dimension) return Checked{};
  const bool right =
      std::ranges::any_of(truths, [&](const Rational& truth) { return IsIn(*told, truth, *to); });
  return Say(right ? Finding::kRight : Finding::kWrong,
             asked->amount.Text() + " " + asked->from + " = " + truths[0].Text() + " " + asked->to);
}

// ---- Dates --------------------------------------------------------------------------------------

// "20 july 1969" of German or English, "1969-07-20", "20.7.1969"
std::optional<int64_t> FindDay(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> kMonths[] = {
      {"januar ", "january "},  {"februar ", "february "}, {"märz ", "march "},
      {"mai ", "may "},         {"juni ", "june "},        {"juli ", "july "},
      {"oktober ", "october "}, {"dezember ", "december "}};
  for (const auto& [german, english] : kMonths) {
    const size_t at = text.find(german);
    if (at != std::string::npos) text.replace(at, german.size(), english);
  }
  const Key key = NormaliseKey(text);
  return key.kind == KeyKind::kDate ? ReadDay(key.text) : std::nullopt;
}

std::optional<Checked> CheckWeekday(Tokens tokens, std::string_view key) {
  tokens.TakeOne({"on", "auf", "an"});
  if (!tokens.TakeOne({"what", "which", "welcher", "welchen", "welchem"})) return std::nullopt;
  if (!tokens.TakeOne({"day", "weekday", "wochentag"})) return std::nullopt;
  tokens.Take({"of", "the", "week"});
  if (!tokens.TakeOne({"is", "was", "will", "does", "did", "ist", "war", "fällt", "fiel"})) {
    return std::nullopt;
  }
  tokens.TakeOne({"the", "der", "am", "on"});
  const auto day = FindDay(tokens.Until({"fall", "be", "on", "fallen"}));
  tokens.TakeOne({"fall", "be"});
  tokens.TakeOne({"on"});
  if (!day || !tokens.Empty()) return std::nullopt;
  const auto told = FindWeekday(key);
  if (!told) return Checked{};
  return Say(*told == Weekday(*day) ? Finding::kRight : Finding::kWrong,
             DayText(*day) + " is a " + std::string(WeekdayName(Weekday(*day))));
}

std::optional<Checked> CheckSpan(Tokens tokens, std::string_view key) {
  if (!tokens.Take({"how", "many", "days"}) && !tokens.Take({"wie", "viele", "tage"})) {
    return std::nullopt;
  }
  tokens.TakeOne({"are", "is", "liegen", "sind", "lie"});
  tokens.TakeOne({"there", "es"});
  if (!tokens.TakeOne({"between", "from", "zwischen", "vom", "von"})) return std::nullopt;
  tokens.Take({"dem"});
  const auto first = FindDay(tokens.Until({"and", "to", "until", "und", "bis"}));
  if (tokens.Next().empty()) return std::nullopt;
  tokens.TakeOne({"zum", "dem"});
  const auto last = FindDay(tokens.Until({}));
  if (!first || !last) return std::nullopt;
  const auto told = ReadTold(key);
  if (!told) return Checked{};
  constexpr double kSecondsOfDay = 86400;
  const bool seconds = told->unit == "s";  // "5 days" as a key.
  if (!told->unit.empty() && !seconds && told->unit != "days") return Checked{};
  const double days = std::abs(seconds ? told->value / kSecondsOfDay : told->value);
  const auto truth = static_cast<double>(std::abs(*last - *first));
  // Whether both ends count is a matter of taste: one more or less is left to the models.
  if (days != truth && std::abs(days - truth) <= 1) return Checked{};
  return Say(days == truth ? Finding::kRight : Finding::kWrong,
             "from " + DayText(*first) + " to " + DayText(*last) + " are " +
                 std::to_string(std::abs(*last - *first)) + " days");
}

std::optional<Checked> CheckOffset(Tokens tokens, std::string_view key) {
  if (!tokens.TakeOne({"what", "which", "welches"})) return std::nullopt;
  tokens.TakeOne({"date", "day", "datum"});
  if (!tokens.TakeOne({"is", "was", "ist"})) return std::nullopt;
  const auto amount = tokens.TakeNumber();
  if (!amount || !amount->is_whole() || !tokens.TakeOne({"days", "day", "tage", "tag"})) {
    return std::nullopt;
  }
  const bool before = tokens.TakeOne({"before", "vor"});
  if (!before && !tokens.TakeOne({"after", "from", "nach"})) return std::nullopt;
  tokens.TakeOne({"dem", "the"});
  const auto start = FindDay(tokens.Until({}));
  const double days = amount->Value();
  if (!start || days > static_cast<double>(kLastDay)) return std::nullopt;
  const int64_t day = *start + (before ? -1 : 1) * static_cast<int64_t>(days);
  if (day < kFirstDay || day > kLastDay) return std::nullopt;
  const auto told = ReadDay(key);
  if (!told) return Checked{};
  return Say(*told == day ? Finding::kRight : Finding::kWrong, "it is " + DayText(day));
}

}  // namespace

Checked CheckAnswer(std::string_view question, std::string_view key) {
  const auto asked = ReadQuestion(question);
  if (!asked || key.empty()) return {};
  if (const auto sum = CheckSum(*asked, key)) return *sum;
  if (const auto units = CheckUnits(*asked, key)) return *units;
  const Tokens tokens(*asked);
  if (const auto weekday = CheckWeekday(tokens, key)) return *weekday;
  if (const auto span = CheckSpan(tokens, key)) return *span;
  if (const auto offset = CheckOffset(tokens, key)) return *offset;
  return {};
}

}  // namespace council::check
