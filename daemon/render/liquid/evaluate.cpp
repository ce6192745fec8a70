// Expressions, lookups, conditions and filters, evaluated.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "basic/utf8.hpp"
#include "render/liquid/compare.hpp"
#include "render/liquid/context.hpp"
#include "render/liquid/number.hpp"
#include "render/liquid/scan.hpp"
#include "render/liquid/syntax.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid {

namespace {
constexpr std::int64_t bytes_of_integer = 8;  // what `size` of a number answers in the reference

std::int64_t saturated(const Number& number) {
    if (number.kind == Number::Kind::small) return number.small;
    if (number.kind == Number::Kind::whole) {
        return number.whole.is_negative() ? std::numeric_limits<std::int64_t>::min()
                                          : std::numeric_limits<std::int64_t>::max();
    }
    return 0;
}

std::int64_t truncated(double value) {
    if (std::isnan(value)) return 0;
    if (value >= 9.2e18) return std::numeric_limits<std::int64_t>::max();
    if (value <= -9.2e18) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(value);
}
}  // namespace

Value Context::evaluate(const Expr* expr) {
    if (expr == nullptr) return Value();
    switch (expr->kind) {
        case ExprKind::literal:
            return expr->literal;
        case ExprKind::lookup:
            return lookup(*expr);
        case ExprKind::range:
            return range(*expr);
    }
    return Value();
}

std::int64_t Context::range_end(Value value) {
    std::int64_t n = 0;
    if (value.is_nil() || value.is_string()) {
        n = saturated(leading_integer(value.is_string() ? value.as_string() : std::string_view{}));
    } else {
        to_integer(value, n);
    }
    return n;
}

Value Context::range(const Expr& expr) {
    // Between literals, floats and the like lose their fraction; between variables they are refused.
    const auto end_of = [this, literal = expr.first->kind == ExprKind::literal &&
                                         expr.last->kind == ExprKind::literal](const Expr* side) {
        const auto value = evaluate(side);
        return literal && value.type() == Type::real ? truncated(value.as_real()) : range_end(value);
    };
    const auto first = end_of(expr.first);
    if (failed()) return Value();
    const auto last = end_of(expr.last);
    return failed() ? Value() : Value::range(arena().make<Range>(first, last));
}

Value Context::lookup(const Expr& expr) {
    Value value;
    if (expr.name_expr == nullptr) {
        value = find_variable(expr.name, expr.hash);
    } else {
        const auto name = evaluate(expr.name_expr);
        if (name.is_string()) {
            charge_steps(name.as_string().size() / 64);
            value = find(name.as_string());
        } else if (options_.strict_variables && !failed()) {
            return fail_silently("undefined variable " + std::string(text_of(name)));
        }
    }
    for (std::uint32_t i = 0; i < expr.step_count && !failed(); ++i)
        value = step_into(value, expr.steps[i]);
    return failed() ? Value() : value;
}

Value Context::step_into(Value from, const Step& step) {
    if (step.expr != nullptr) return step_by(from, evaluate(step.expr));
    if (from.is_hash()) {
        if (const auto* found = from.as_hash().find(step.key, step.hash)) return *found;
    } else if (from.type() == Type::object) {
        bool found = false;
        const auto value = from.as_object().member(*this, step.key, found);
        if (found) return value;
        if (!options_.strict_variables) return Value();
        return fail_silently("undefined method " + std::string(step.key));
    }
    if (step.command != Command::none) {
        bool found = false;
        const auto value = command(from, step.command, found);
        if (found) return value;
    }
    if (!options_.strict_variables) return Value();
    return fail_silently("undefined variable " + std::string(step.key));
}

Value Context::step_by(Value from, Value key) {
    if (failed() || (key.is_string() && !charge_steps(key.as_string().size() / 64))) return Value();
    if (from.is_hash() && key.is_string()) {
        if (const auto* found = from.as_hash().find(key.as_string())) return *found;
    } else if (from.is_array() && key.type() == Type::integer) {
        const auto& array = from.as_array();
        const auto size = static_cast<std::int64_t>(array.size);
        const auto i = key.as_integer() < 0 ? key.as_integer() + size : key.as_integer();
        return i >= 0 && i < size ? array.items[i] : Value();
    } else if (from.type() == Type::object && key.is_string()) {
        bool found = false;
        const auto value = from.as_object().member(*this, key.as_string(), found);
        if (found) return value;
    }
    if (!options_.strict_variables) return Value();
    return fail_silently("undefined variable " + std::string(text_of(key)));
}

Value Context::command(Value from, Command what, bool& found) {
    found = true;
    const auto count = [](std::uint64_t n) { return Value::integer(static_cast<std::int64_t>(n)); };
    const bool size = what == Command::size, first = what == Command::first;
    switch (from.type()) {
        case Type::string: {
            const auto text = from.as_string();
            if (size) return charge_steps(text.size() / 64) ? count(character_count(text)) : Value();
            if (text.empty()) return Value::string("");
            if (first) return Value::string(text.substr(0, character_bytes(text, 0)));
            return Value::string(text.substr(basic::character_begin(text, text.size() - 1)));
        }
        case Type::array: {
            const auto& array = from.as_array();
            if (size) return count(array.size);
            return array.size == 0 ? Value() : first ? array.items[0] : array.items[array.size - 1];
        }
        case Type::hash: {
            const auto& hash = from.as_hash();
            if (size) return count(hash.size);
            if (!first) break;
            if (hash.size == 0) return Value();
            const Value pair[] = {Value::string(hash.members[0].key), hash.members[0].value};
            return array(pair);
        }
        case Type::range:
            if (size) return count(from.as_range().size());
            return Value::integer(first ? from.as_range().first : from.as_range().last);
        case Type::integer:
            if (size) return Value::integer(bytes_of_integer);
            break;
        case Type::big:
            if (size) return count((std::uint64_t{from.as_big().size} + 1) / 2 * 8);
            break;
        case Type::nil:
        case Type::boolean:
        case Type::real:
        case Type::object:
        case Type::blank:
        case Type::empty:
            break;
    }
    found = false;
    return Value();
}

Value Context::evaluate(const Pipe& pipe) {
    auto value = evaluate(pipe.input);
    for (const auto& filter : pipe.filters) {
        if (failed()) return Value();
        value = invoke(filter, value);
    }
    return value;
}

Value Context::invoke(const FilterCall& filter, Value input) {
    constexpr std::size_t most = 8;
    std::array<Value, most> few;
    const auto total = filter.args.size + (filter.named.size > 0 ? 1u : 0u);
    auto* args = total <= most ? few.data() : arena().make_array<Value>(total);
    for (std::uint32_t i = 0; i < filter.args.size; ++i)
        args[i] = evaluate(filter.args[i]);
    Value named;
    if (filter.named.size > 0) {
        HashBuilder builder(arena(), filter.named.size);
        for (const auto& arg : filter.named)
            builder.set(arg.key, evaluate(arg.value));
        named = builder.finish();
    }
    if (failed()) return Value();
    if (filter.entry == nullptr) {
        return options_.strict_filters ? fail_silently("undefined filter " + std::string(filter.name)) : input;
    }
    const auto& entry = *filter.entry;
    auto given = filter.args.size;
    if (!entry.takes_named && filter.named.size > 0) args[given++] = named;
    if (static_cast<int>(given) < entry.min_args || static_cast<int>(given) > entry.max_args) {
        std::string expected = std::to_string(entry.min_args + 1);
        if (entry.max_args != entry.min_args) expected += ".." + std::to_string(entry.max_args + 1);
        return fail("wrong number of arguments (given " + std::to_string(given + 1) + ", expected " + expected + ")");
    }
    const auto work = input.is_string() ? input.as_string().size() / 16 : input.is_array() ? input.as_array().size : 0;
    if (!charge_steps(1 + work)) return Value();
    Call call{*this, {args, given}, named};
    const auto value = entry.filter(call, input);
    return failed() ? Value() : value;
}

bool Context::evaluate_conditions(const Condition* conditions, std::uint32_t size) {
    for (std::uint32_t i = 0; i < size; ++i) {
        const bool result = compare(conditions[i]);
        if (failed()) return false;
        const auto relation = conditions[i].relation;
        if (relation == Relation::last || result == (relation == Relation::either)) return result;
    }
    return true;
}

namespace {
bool is_literal_test(Value v) { return v.type() == Type::blank || v.type() == Type::empty; }

bool passes(Value test, Value value) {
    switch (value.type()) {
        case Type::nil:
            return test.type() == Type::blank;
        case Type::boolean:
            return test.type() == Type::blank && !value.as_boolean();
        case Type::string:
            return value.as_string().empty() || (test.type() == Type::blank && scan::is_blank(value.as_string()));
        case Type::array:
            return value.as_array().size == 0;
        case Type::hash:
            return value.as_hash().size == 0;
        case Type::integer:
        case Type::real:
        case Type::range:
        case Type::big:
        case Type::object:
        case Type::blank:
        case Type::empty:
            return false;
    }
    return false;
}

bool equal_or_passes(Context& context, Value left, Value right) {
    if (is_literal_test(left)) return passes(left, right);
    if (is_literal_test(right)) return passes(right, left);
    std::uint64_t work = 0;
    const bool result = equal(left, right, work);
    context.charge_steps(work);
    return result;
}

bool decide(Op op, int order) {
    switch (op) {
        case Op::less:
            return order < 0;
        case Op::greater:
            return order > 0;
        case Op::less_equal:
            return order <= 0;
        case Op::greater_equal:
            return order >= 0;
        case Op::none:
        case Op::equal:
        case Op::unequal:
        case Op::contains:
        case Op::unknown:
            return false;
    }
    return false;
}
}  // namespace

bool Context::compare(const Condition& condition) {
    const auto left = evaluate(condition.left);
    if (condition.op == Op::none) return left.truthy();
    if (failed()) return false;
    const auto right = evaluate(condition.right);
    if (failed()) return false;
    switch (condition.op) {
        case Op::equal:
            return equal_or_passes(*this, left, right);
        case Op::unequal:
            return !equal_or_passes(*this, left, right);
        case Op::contains:
            return left.truthy() && right.truthy() && contains(*this, left, right);
        case Op::unknown:
            fail("Unknown operator " + std::string(condition.op_text));
            return false;
        case Op::less:
        case Op::greater:
        case Op::less_equal:
        case Op::greater_equal:
            break;
        case Op::none:
            return left.truthy();
    }
    const auto ordered = [](Value v) { return v.is_string() || is_number(v); };
    if (!ordered(left) || !ordered(right)) return false;
    if (left.is_string() && right.is_string() &&
        !charge_steps(std::min(left.as_string().size(), right.as_string().size()) / 64)) {
        return false;
    }
    const auto result = order(left, right);
    if (result) return decide(condition.op, *result);
    if (is_number(left) && is_number(right)) return false;  // not a number
    const auto left_name = left.is_string() ? "String" : left.type() == Type::real ? "Float" : "Integer";
    fail(std::string("comparison of ") + left_name + " with " + class_name(right) + " failed");
    return false;
}

}  // namespace chapar::liquid
