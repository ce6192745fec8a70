#include <cmath>
#include <limits>

#include "render/liquid/loop.hpp"
#include "render/liquid/number.hpp"
#include "render/liquid/syntax.hpp"

namespace chapar::liquid {

namespace {
constexpr std::string_view loop_variable = "forloop";
constexpr std::string_view table_variable = "tablerowloop";

std::int64_t sum(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (!__builtin_add_overflow(a, b, &out)) return out;
    return a > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}
}  // namespace

bool Context::loop_start(const LoopNode& node, std::int64_t& from) {
    from = 0;
    if (node.from_continue) {
        for (const auto& offset : frame_->offsets) {
            if (offset.name == node.loop_name) from = offset.value.as_integer();
        }
    } else if (const auto value = evaluate(node.offset); !value.is_nil() && !to_integer(value, from)) {
        return false;
    }
    return !failed();
}

void Context::render_loop(const Node& base) {
    const auto& node = static_cast<const LoopNode&>(base);
    std::int64_t from = 0, to = 0;
    bool limited = false;
    if (!loop_start(node, from)) return;
    const auto collection = evaluate(node.collection);
    if (failed()) return;
    if (const auto value = evaluate(node.limit); !value.is_nil()) {
        if (!to_integer(value, to)) return;
        to = sum(to, from);
        limited = true;
    }
    if (failed()) return;
    const Segment segment(collection, from, limited, to, node.reversed);
    Binding* known = nullptr;
    if (!charge_steps(frame_->offsets.size() / 8)) return;
    for (auto& offset : frame_->offsets) {
        if (offset.name == node.loop_name) known = &offset;
    }
    if (known == nullptr) {
        frame_->offsets.push_back({node.loop_name, 0, Value()});
        known = &frame_->offsets.back();
    }
    known->value = Value::integer(sum(from, static_cast<std::int64_t>(segment.size())));
    if (segment.size() == 0) return render(node.otherwise);
    if (segment.size() > budget_.steps_) {  // it could not end
        charge_steps(segment.size());
        return;
    }
    const auto locals = scratch_.locals.size();
    if (enter_scope()) {
        static const auto loop_hash = key_hash(loop_variable);
        const auto* outer = frame_->loop;
        auto* loop = arena().make<Loop>(node.loop_name, segment.size(), outer);
        frame_->loop = loop;
        push_local(loop_variable, loop_hash, Value::object(loop));
        push_local(node.variable, node.hash, Value());
        for (std::uint64_t turn = 0; turn < segment.size(); ++turn) {
            const auto item = segment.at(*this, turn);
            scratch_.locals[locals + 1].value = item;
            render(node.body);
            loop->advance();
            if (state_ != State::running && turn_ends_loop()) break;
        }
        frame_->loop = outer;
    }
    leave_scope(locals);
}

namespace {
/// `real` without its fraction, at most as far as whole numbers reach; false: it is no number.
bool whole_of(double real, std::int64_t& out) {
    constexpr double beyond = 9223372036854775808.0;  // 2 to the power of 63
    if (std::isnan(real)) return false;
    if (real >= beyond) {
        out = std::numeric_limits<std::int64_t>::max();
    } else if (real < -beyond) {
        out = std::numeric_limits<std::int64_t>::min();
    } else {
        out = static_cast<std::int64_t>(real);
    }
    return true;
}
}  // namespace

bool Context::table_integer(const Expr* expr, std::int64_t& out) {
    const auto value = evaluate(expr);
    switch (value.type()) {
        case Type::nil:
            out = 0;
            break;
        case Type::integer:
            out = value.as_integer();
            break;
        case Type::real:
            if (!whole_of(value.as_real(), out)) fail("invalid integer");
            break;
        case Type::string:
            out = leading_integer(value.as_string()).small;
            break;
        case Type::big:
        case Type::boolean:
        case Type::array:
        case Type::hash:
        case Type::range:
        case Type::object:
        case Type::blank:
        case Type::empty:
            fail("invalid integer");
    }
    return !failed();
}

void Context::render_table(const Node& base) {
    const auto& node = static_cast<const TableNode&>(base);
    const auto collection = evaluate(node.collection);
    if (failed() || !collection.truthy()) return;
    std::int64_t from = 0, to = 0;
    if (node.offset != nullptr && !table_integer(node.offset, from)) return;
    if (node.limit != nullptr && !table_integer(node.limit, to)) return;
    const Segment segment(collection, from, node.limit != nullptr, sum(from, to), false);
    auto cols = static_cast<std::int64_t>(segment.size());
    if (node.cols != nullptr && !table_integer(node.cols, cols)) return;
    if (segment.size() > budget_.steps_) {
        charge_steps(segment.size());
        return;
    }
    out_->append("<tr class=\"row1\">\n");
    const auto locals = scratch_.locals.size();
    if (enter_scope()) {
        static const auto table_hash = key_hash(table_variable);
        auto* loop = arena().make<TableLoop>(segment.size(), cols);
        push_local(table_variable, table_hash, Value::object(loop));
        push_local(node.variable, node.hash, Value());
        for (std::uint64_t turn = 0; turn < segment.size(); ++turn) {
            const auto item = segment.at(*this, turn);
            scratch_.locals[locals + 1].value = item;
            out_->append("<td class=\"col");
            append_integer(*out_, loop->col());
            out_->append("\">");
            render(node.body);
            out_->append("</td>");
            if (state_ != State::running && turn_ends_loop()) break;
            if (loop->ends_row() && !loop->is_last()) {
                out_->append("</tr>\n<tr class=\"row");
                append_integer(*out_, loop->row() + 1);
                out_->append("\">");
            }
            loop->advance();
        }
    }
    leave_scope(locals);
    if (!failed()) out_->append("</tr>\n");
}

}  // namespace chapar::liquid
