// Filters over arrays.
#include <algorithm>

#include "basic/utf8.hpp"
#include "render/liquid/access.hpp"
#include "render/liquid/compare.hpp"
#include "render/liquid/filters.hpp"
#include "render/liquid/number.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid::filters {

namespace {
Value property_error(Call& call, Value property) {
    return call.context.fail("cannot select the property '" + std::string(call.context.text_of(property)) + "'");
}

Value count(std::size_t n) { return Value::integer(static_cast<std::int64_t>(n)); }

/// Stable, and safe whatever `before` answers.
template <class Before>
void merge_sort(Context& context, std::vector<std::pair<Value, Value>>& items, const Before& before) {
    std::vector<std::pair<Value, Value>> spare(items.size());
    for (std::size_t width = 1; width < items.size() && context.charge_steps(items.size()); width *= 2) {
        for (std::size_t from = 0; from < items.size(); from += 2 * width) {
            const auto middle = std::min(from + width, items.size()), end = std::min(from + 2 * width, items.size());
            auto a = from, b = middle;
            for (auto to = from; to < end; ++to) {
                const bool second = a == middle || (b < end && before(items[b].first, items[a].first));
                spare[to] = items[second ? b++ : a++];
            }
        }
        items.swap(spare);
        if (context.failed()) return;
    }
}

/// The items with what they are sorted by. False: the filter answers `answer`.
bool sort_keys(Call& call, Value input, std::vector<std::pair<Value, Value>>& out, Value& answer) {
    const auto items = call.context.items_of(input);
    const auto property = call.arg(0);
    answer = Value();
    if (property.is_nil()) {
        for (const auto& item : items)
            out.emplace_back(item, item);
        return true;
    }
    if (!std::all_of(items.begin(), items.end(), indexable)) return items.empty();
    for (const auto& item : items) {
        Value key;
        if (access(call.context, item, property, key) == Access::type_error && items.size() > 1) {
            answer = property_error(call, property);
            return false;
        }
        out.emplace_back(key, item);
    }
    return true;
}

Value sorted_items(Call& call, const std::vector<std::pair<Value, Value>>& sorted) {
    auto& out = call.context.item_buffer();
    for (const auto& [key, item] : sorted)
        out.push_back(item);
    return call.context.array(out);
}

int compare_folded(std::string_view a, std::string_view b) {
    const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        const auto x = static_cast<unsigned char>(fold(a[i])), y = static_cast<unsigned char>(fold(b[i]));
        if (x != y) return x < y ? -1 : 1;
    }
    return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}
}  // namespace

Value sort(Call& call, Value input) {
    std::vector<std::pair<Value, Value>> items;
    Value answer;
    if (!sort_keys(call, input, items, answer)) return answer;
    merge_sort(call.context, items, [&](Value a, Value b) {
        if (const auto o = order(a, b)) return *o < 0;
        if (a.is_nil() || b.is_nil()) return b.is_nil();
        call.context.fail("cannot sort values of incompatible types");
        return false;
    });
    return sorted_items(call, items);
}

Value sort_natural(Call& call, Value input) {
    std::vector<std::pair<Value, Value>> items;
    Value answer;
    if (!sort_keys(call, input, items, answer)) return answer;
    for (auto& [key, item] : items) {
        if (!key.is_nil()) key = Value::string(call.context.text_of(key));
    }
    merge_sort(call.context, items, [](Value a, Value b) {
        if (a.is_nil() || b.is_nil()) return b.is_nil() && !a.is_nil();
        return compare_folded(a.as_string(), b.as_string()) < 0;
    });
    return sorted_items(call, items);
}

namespace {
/// Walks the items whose property fits (equals the target; is truthy without one). `visit(item, index, fits)` answers
/// false to end. The result tells whether the filter is to answer nil or has failed.
template <class Visit>
bool walk_matching(Call& call, Value input, const Visit& visit) {
    const auto property = call.arg(0), target = call.arg(1);
    std::size_t index = 0;
    for (const auto& item : call.context.items_of(input)) {
        Value value;
        const auto got = access(call.context, item, property, value);
        if (got == Access::not_indexable) return false;
        if (got == Access::type_error) {
            property_error(call, property);
            return false;
        }
        std::uint64_t work = 0;
        const bool fits = target.is_nil() ? value.truthy() : equal(value, target, work);
        if (!call.context.charge_steps(work) || !visit(item, index++, fits)) break;
    }
    return !call.context.failed();
}

Value filtered(Call& call, Value input, bool keep) {
    auto& out = call.context.item_buffer();
    const bool walked = walk_matching(call, input, [&](Value item, std::size_t, bool fits) {
        if (fits == keep) out.push_back(item);
        return true;
    });
    return walked ? call.context.array(out) : Value();
}
}  // namespace

Value where(Call& call, Value input) { return filtered(call, input, true); }
Value reject(Call& call, Value input) { return filtered(call, input, false); }

Value has(Call& call, Value input) {
    bool found = false;
    const bool walked = walk_matching(call, input, [&](Value, std::size_t, bool fits) { return !(found = fits); });
    return walked ? Value::boolean(found) : Value();
}

Value find(Call& call, Value input) {
    Value found;
    walk_matching(call, input, [&](Value item, std::size_t, bool fits) {
        if (fits) found = item;
        return !fits;
    });
    return found;
}

Value find_index(Call& call, Value input) {
    Value found;
    walk_matching(call, input, [&](Value, std::size_t index, bool fits) {
        if (fits) found = count(index);
        return !fits;
    });
    return found;
}

Value map(Call& call, Value input) {
    const auto property = call.arg(0);
    auto& out = call.context.item_buffer();
    for (const auto& item : call.context.items_of(input)) {
        Value value;
        if (property.is_string() && property.as_string() == "to_liquid") {
            value = item;
        } else if (access(call.context, item, property, value) == Access::type_error) {
            return property_error(call, property);
        }
        out.push_back(value);
    }
    return call.context.array(out);
}

Value uniq(Call& call, Value input) {
    const auto property = call.arg(0);
    const auto items = call.context.items_of(input);
    if (items.size() <= 1) return call.context.array(items);  // nothing is compared, so no property is asked for
    auto& out = call.context.item_buffer();
    std::vector<Value> keys;
    std::size_t slots = 16;
    while (slots < items.size() * 2)
        slots *= 2;
    std::vector<std::uint32_t> index(slots, 0);
    for (const auto& item : items) {
        Value key = item;
        if (!property.is_nil()) {
            const auto got = access(call.context, item, property, key);
            if (got == Access::type_error) return property_error(call, property);
            if (got == Access::not_indexable) return Value();
        }
        auto slot = hash_of(key) & (slots - 1);
        std::uint64_t work = 1;
        while (index[slot] != 0 && !same(keys[index[slot] - 1], key, work))
            slot = (slot + 1) & (slots - 1);
        if (!call.context.charge_steps(work)) return Value();
        if (index[slot] != 0) continue;
        keys.push_back(key);
        out.push_back(item);
        index[slot] = static_cast<std::uint32_t>(keys.size());
    }
    return call.context.array(out);
}

Value compact(Call& call, Value input) {
    const auto property = call.arg(0);
    auto& out = call.context.item_buffer();
    for (const auto& item : call.context.items_of(input)) {
        Value value = item;
        if (!property.is_nil()) {
            const auto got = access(call.context, item, property, value);
            if (got == Access::type_error) return property_error(call, property);
            if (got == Access::not_indexable) return Value();
        }
        if (!value.is_nil()) out.push_back(item);
    }
    return call.context.array(out);
}

bool property_values(Call& call, Value input, std::vector<Value>& out) {
    const auto property = call.arg(0);
    const auto items = call.context.items_of(input);
    if (property.is_nil()) {
        out.assign(items.begin(), items.end());
        return !call.context.failed();
    }
    std::vector<Value> picked;
    for (const auto& item : items) {
        Value value;
        const auto got = access(call.context, item, property, value);
        if (got == Access::type_error) {
            property_error(call, property);
            return false;
        }
        picked.push_back(got == Access::not_indexable ? Value::integer(0) : value);
    }
    const Array all{picked.data(), picked.size()};
    const auto flat = call.context.items_of(Value::array(&all));
    out.assign(flat.begin(), flat.end());
    return !call.context.failed();
}

Value reverse(Call& call, Value input) {
    const auto items = call.context.items_of(input);
    auto& out = call.context.item_buffer();
    out.assign(items.rbegin(), items.rend());
    return call.context.array(out);
}

Value concat(Call& call, Value input) {
    if (!call.arg(0).is_array()) return call.context.fail("concat filter requires an array argument");
    const auto items = call.context.items_of(input);
    auto& out = call.context.item_buffer();
    out.assign(items.begin(), items.end());
    const auto more = call.arg(0).as_array().span();
    out.insert(out.end(), more.begin(), more.end());
    return call.context.array(out);
}

Value join(Call& call, Value input) {
    const auto glue = call.args.empty() ? std::string_view(" ") : call.context.text_of(call.arg(0));
    const auto items = call.context.items_of(input);
    auto& out = call.context.text_buffer();
    bool safe = !items.empty() && (items.size() == 1 || call.arg(0).mark() == Mark::safe);
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += glue;
        append_string_of(out, items[i]);
        safe = safe && items[i].mark() == Mark::safe;
        if (out.size() > call.context.memory_left()) break;  // string() says so
    }
    return call.context.string(out, safe ? Mark::safe : Mark::plain);
}

Value size(Call&, Value input) {
    switch (input.type()) {
        case Type::string:
            return count(character_count(input.as_string()));
        case Type::array:
            return count(input.as_array().size);
        case Type::hash:
            return count(input.as_hash().size);
        case Type::range:
            return count(input.as_range().size());
        case Type::integer:
            return count(8);
        case Type::big:
            return count((input.as_big().size + std::size_t{1}) / 2 * 8);
        case Type::nil:
        case Type::boolean:
        case Type::real:
        case Type::object:
        case Type::blank:
        case Type::empty:
            return count(0);
    }
    return count(0);
}

namespace {
Value end_of(Call& call, Value input, bool front) {
    if (input.is_string()) {
        const auto s = input.as_string();
        if (s.empty()) return Value::string("");
        if (front) return Value::string(s.substr(0, character_bytes(s, 0)));
        return Value::string(s.substr(basic::character_begin(s, s.size() - 1)));
    }
    if (input.type() == Type::object) {  // forloop has both; `self` has only what the data holds
        bool found = false;
        if (&input.as_object() == call.context.self()) return Value();
        const auto value = input.as_object().member(call.context, front ? "first" : "last", found);
        return found ? value : Value();
    }
    if (input.type() == Type::range) return Value::integer(front ? input.as_range().first : input.as_range().last);
    if (input.is_hash() && front && input.as_hash().size > 0) {
        const auto& member = input.as_hash().members[0];
        const Value pair[] = {Value::string(member.key), member.value};
        return call.context.array(pair);
    }
    if (!input.is_array() || input.as_array().size == 0) return Value();
    return front ? input.as_array().items[0] : input.as_array().items[input.as_array().size - 1];
}
}  // namespace

Value first(Call& call, Value input) { return end_of(call, input, true); }
Value last(Call& call, Value input) { return end_of(call, input, false); }

Value default_value(Call& call, Value input) {
    const auto options = call.arg(1);
    bool allow_false = false;
    if (options.is_hash()) {
        const auto* found = options.as_hash().find("allow_false");
        allow_false = found != nullptr && found->truthy();
    }
    const bool missing = allow_false ? input.is_nil() : !input.truthy();
    const bool empty = (input.is_string() && input.as_string().empty()) ||
                       (input.is_array() && input.as_array().size == 0) ||
                       (input.is_hash() && input.as_hash().size == 0);
    if (!missing && !empty) return input;
    return call.args.empty() ? Value::string("") : call.arg(0);
}

}  // namespace chapar::liquid::filters
