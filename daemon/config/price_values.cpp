// Money, and the prices of a route.

#include <fmt/format.h>

#include <algorithm>

#include "config/prices.hpp"
#include "config/rule_values.hpp"

namespace chapar::config {

/// A text is exact; a whole number is, too. Any other number was rounded when the file was parsed, to far less than the
/// millionth that is kept.
void read_value(Reading& reading, const Slot& slot, Money& out) {
    std::string text;
    if (slot.node.type == Node::Type::text) text = slot.node.text;
    if (slot.node.type == Node::Type::integer) text = fmt::format("{}", slot.node.integer);
    if (slot.node.type == Node::Type::number) text = fmt::format("{}", slot.node.number);
    if (text.empty()) return expect(reading, slot, "an amount of money, such as 1250 or \"0.0079\"");
    if (const auto read = parse_money(text))
        out = *read;
    else
        reading.problem(slot.node.place, fmt::format("{} = {}: {}", slot.name, text, read.error()));
}

std::string show(Money value, const Rule&) { return show_money(value); }

void read_prices(Reading& reading, const Slot& slot, RouteSettings& out) {
    if (slot.node.type != Node::Type::list || !slot.node.is_list_of_tables()) {
        return expect(reading, slot, "tables, [[route.price]] with prefix and segment");
    }
    out.prices.clear();
    for (const auto& element : slot.node.list) {
        const auto path = fmt::format("{}.{}", slot.path, out.prices.size());
        reading.places[path] = element.place;
        PriceSettings price;
        read_table(reading, element, path, price);
        if (std::ranges::find(out.prices, price.prefix, &PriceSettings::prefix) != out.prices.end())
            reading.problem(element.place, fmt::format("price of \"{}\" stands twice in this route", price.prefix));
        out.prices.push_back(std::move(price));
    }
}

std::string show_prices(const RouteSettings& route) {
    std::string out;
    for (const auto& price : route.prices) {
        out += fmt::format("{}{} {}{}{}", out.empty() ? "" : ", ", price.prefix, show_money(price.segment),
                           price.currency.empty() ? "" : " ", price.currency);
    }
    return out.empty() ? "none" : out;
}

}  // namespace chapar::config
