#include "lib/council/check/units.h"

#include <string>

namespace council::check {
namespace {

struct Entry {
  std::string_view names;  // Each between blanks.
  Dimension dimension;
  int64_t up;  // The factor to the base unit is up / down.
  int64_t down;
};

// The international yard and pound (1959); ITS-90's kelvin; IEC 80000-13 for binary prefixes.
constexpr Entry kEntries[] = {
    {" mm millimeter millimeters millimetre millimetres ", Dimension::kLength, 1, 1000},
    {" cm centimeter centimeters centimetre centimetres zentimeter ", Dimension::kLength, 1, 100},
    {" dm decimeter decimeters dezimeter ", Dimension::kLength, 1, 10},
    {" m meter meters metre metres metern ", Dimension::kLength, 1, 1},
    {" km kilometer kilometers kilometre kilometres kilometern ", Dimension::kLength, 1000, 1},
    {" in inch inches zoll ", Dimension::kLength, 254, 10000},
    {" ft foot feet fuß ", Dimension::kLength, 3048, 10000},
    {" yd yard yards ", Dimension::kLength, 9144, 10000},
    {" mi mile miles meile meilen ", Dimension::kLength, 1609344, 1000},
    {" mg milligram milligrams milligramm ", Dimension::kMass, 1, 1000000},
    {" g gram grams gramm gramme grammes ", Dimension::kMass, 1, 1000},
    {" kg kilo kilos kilogram kilograms kilogramm ", Dimension::kMass, 1, 1},
    {" t tonne tonnes tonnen ", Dimension::kMass, 1000, 1},
    {" oz ounce ounces unze unzen ", Dimension::kMass, 28349523125, 1000000000000},
    {" lb lbs pound pounds ", Dimension::kMass, 45359237, 100000000},
    {" ml milliliter milliliters millilitre millilitres ", Dimension::kVolume, 1, 1000},
    {" cl centiliter centiliters centilitre zentiliter ", Dimension::kVolume, 1, 100},
    {" dl deciliter deciliters decilitre deziliter ", Dimension::kVolume, 1, 10},
    {" l liter liters litre litres litern ", Dimension::kVolume, 1, 1},
    {" m³ m3 kubikmeter kubikmetern ", Dimension::kVolume, 1000, 1},
    {" cm³ cm3 kubikzentimeter ", Dimension::kVolume, 1, 1000},
    {" ms millisecond milliseconds millisekunde millisekunden ", Dimension::kTime, 1, 1000},
    {" s sec secs second seconds sekunde sekunden ", Dimension::kTime, 1, 1},
    {" min mins minute minutes minuten ", Dimension::kTime, 60, 1},
    {" h hr hrs hour hours stunde stunden ", Dimension::kTime, 3600, 1},
    {" d day days tag tage tagen ", Dimension::kTime, 86400, 1},
    {" week weeks woche wochen ", Dimension::kTime, 604800, 1},
    {" bit bits ", Dimension::kData, 1, 8},
    {" byte bytes ", Dimension::kData, 1, 1},
    {" kib kibibyte kibibytes ", Dimension::kData, 1LL << 10, 1},
    {" mib mebibyte mebibytes ", Dimension::kData, 1LL << 20, 1},
    {" gib gibibyte gibibytes ", Dimension::kData, 1LL << 30, 1},
    {" tib tebibyte tebibytes ", Dimension::kData, 1LL << 40, 1},
    {" k kelvin ", Dimension::kTemperature, 1, 1},
};

// Names for powers of 1000 that many use for powers of 1024.
struct DataEntry {
  std::string_view names;
  int64_t decimal;
  int64_t binary;
};
constexpr DataEntry kData[] = {
    {" kb kilobyte kilobytes ", 1000, 1LL << 10},
    {" mb megabyte megabytes ", 1000000, 1LL << 20},
    {" gb gigabyte gigabytes ", 1000000000, 1LL << 30},
    {" tb terabyte terabytes ", 1000000000000, 1LL << 40},
};

bool Has(std::string_view names, std::string_view name) {
  return names.contains(" " + std::string(name) + " ");
}

}  // namespace

std::optional<Unit> FindUnit(std::string_view name) {
  if (name.empty() || name.contains(' ')) return std::nullopt;
  for (const Entry& entry : kEntries) {
    if (!Has(entry.names, name)) continue;
    const auto factor = Rational::Make(entry.up, entry.down);
    if (factor) return Unit{.dimension = entry.dimension, .factor = *factor};
  }
  for (const DataEntry& entry : kData) {
    if (!Has(entry.names, name)) continue;
    return Unit{.dimension = Dimension::kData,
                .factor = Rational(entry.decimal),
                .other_factor = Rational(entry.binary)};
  }
  const bool celsius = Has(" °c celsius ", name);
  if (!celsius && !Has(" °f fahrenheit ", name)) return std::nullopt;
  constexpr int64_t kHundredths = 100;
  constexpr int64_t kIceCelsius = 27315;      // In hundredths of a kelvin.
  constexpr int64_t kZeroFahrenheit = 45967;  // The same in degrees of Fahrenheit.
  Unit unit{.dimension = Dimension::kTemperature};
  if (!celsius) unit.factor = *Rational::Make(5, 9);
  unit.offset = celsius ? *Rational::Make(kIceCelsius, kHundredths)
                        : *Rational::Make(kZeroFahrenheit * 5, kHundredths * 9);
  return unit;
}

std::optional<Rational> Convert(const Rational& amount, const Unit& from, const Unit& to) {
  if (from.dimension != to.dimension) return std::nullopt;
  const auto scaled = amount.Times(from.factor);
  const auto base = scaled ? scaled->Plus(from.offset) : std::nullopt;
  const auto above = base ? base->Minus(to.offset) : std::nullopt;
  return above ? above->Over(to.factor) : std::nullopt;
}

}  // namespace council::check
