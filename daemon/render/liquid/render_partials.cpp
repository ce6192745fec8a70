#include <algorithm>

#include "render/liquid/html.hpp"
#include "render/liquid/loop.hpp"
#include "render/liquid/parser.hpp"

namespace chapar::liquid {

namespace {
/// A name that no resolver could take for a place outside the template folder.
bool is_name(std::string_view name) {
    if (name.empty()) return true;  // no resolver knows it
    if (name.front() == '/' || name.find("..") != std::string_view::npos) return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '\\' && c != 0x7F; });
}

std::string_view last_part(std::string_view name) {
    const auto slash = name.rfind('/');
    return slash == std::string_view::npos ? name : name.substr(slash + 1);
}
}  // namespace

const Program* Context::load(std::string_view name) {
    for (const auto& [known, program] : loaded_) {
        if (known == name) return program.get();
    }
    const std::string text(name);
    if (options_.partials == nullptr) {
        fail("This liquid context does not allow includes.");
        return nullptr;
    }
    if (!is_name(name)) {
        fail("Illegal template name '" + text + "'");
        return nullptr;
    }
    auto found = (*options_.partials)(name);
    if (!found) {
        fail(found.error().message);
        pending_ = std::move(found.error());
        if (pending_.name.empty()) pending_.name = text;
        return nullptr;
    }
    if (*found == nullptr) {
        fail("No such template '" + text + "'");
        return nullptr;
    }
    if (html_ && (*found)->escape() == Escape::none) {
        fail("Template '" + text + "' was parsed for text and can't stand in html");
        return nullptr;
    }
    loaded_.emplace_back(arena().copy(name), std::move(*found));
    return loaded_.back().second.get();
}

std::string_view Context::loaded_name(const Program& program) const {
    if (!program.name().empty()) return program.name();
    for (const auto& [known, held] : loaded_) {
        if (held.get() == &program) return known;
    }
    return {};
}

void Context::run_program(const Program& program) {
    const bool html = std::exchange(html_, program.escape() == Escape::html);
    render(program.impl().root);
    html_ = html;
}

/// In html, a partial's outputs stand where the partial does; what it writes at the beginning of a URL or as a value
/// without quotes is looked at as a whole.
void Context::in_position(const IncludeNode& node, void (Context::*render_it)(const IncludeNode&)) {
    const auto position = placed(node.position);
    if (position == Position::none || position == Position::body) return (this->*render_it)(node);
    auto* const sets_apart = std::exchange(sets_apart_, nullptr);
    const bool whole = position >= Position::unquoted && position <= Position::scheme;
    const auto place = std::exchange(floor_, whole ? Position::none : position);
    if (!whole) {
        (this->*render_it)(node);
        sets_apart_ = sets_apart;
        floor_ = place;
        return;
    }
    auto& text = push_capture();
    auto* const outside = std::exchange(out_, &text);
    const auto limit = std::exchange(out_limit_, budget_.assigned_);
    const bool of_output = std::exchange(limit_is_output_, false);
    (this->*render_it)(node);
    out_ = outside;
    out_limit_ = limit;
    limit_is_output_ = of_output;
    // Counted, since partials within partials copy their text once for each level.
    if (charge_memory(text.size()) && charge_steps(text.size() / 16)) append_escaped(*out_, text, position, true);
    pop_capture();
    sets_apart_ = sets_apart;
    floor_ = place;
}

void Context::render_include(const IncludeNode& node) {
    if (frame_->isolated) {
        fail("include usage is not allowed in this context");
        return;
    }
    const auto name = evaluate(node.name);
    if (failed()) return;
    if (!name.is_string()) {
        fail("Argument error in tag 'include' - Illegal template name");
        return;
    }
    const auto* program = load(name.as_string());
    if (program == nullptr) return;
    const auto local = node.alias.empty() ? last_part(name.as_string()) : node.alias;
    Value variable;
    if (node.variable != nullptr) {
        variable = evaluate(node.variable);
    } else if (const auto hash = key_hash(name.as_string()); is_defined(name.as_string(), hash)) {
        variable = find_variable(name.as_string(), hash);
    }
    if (failed()) return;
    const auto outer_name = std::exchange(template_name_, loaded_name(*program));
    const auto locals = scratch_.locals.size();
    if (enter_scope()) {
        for (const auto& attribute : node.attributes) {
            const auto value = evaluate(attribute.value);
            push_local(attribute.key, key_hash(attribute.key), value);
        }
        const auto slot = scratch_.locals.size();
        push_local(local, key_hash(local), variable);
        if (variable.is_array()) {
            for (const auto& item : variable.as_array().span()) {
                if (failed()) break;
                scratch_.locals[slot].value = item;
                run_program(*program);
            }
        } else if (!failed()) {
            run_program(*program);
        }
    }
    leave_scope(locals);
    template_name_ = outer_name;
}

void Context::render_partial(const IncludeNode& node) {
    const auto name = evaluate(node.name);
    if (failed()) return;
    if (!name.is_string()) {
        fail("internal");
        return;
    }
    const auto* program = load(name.as_string());
    if (program == nullptr) return;
    const auto variable = evaluate(node.variable);
    if (failed()) return;
    const bool many = variable.is_array() || variable.is_hash() || variable.type() == Type::range;
    if (!node.each || !many) return render_isolated(*program, node, variable, nullptr);
    const Segment items(variable, 0, false, 0, false);
    if (items.size() > budget_.steps_) {
        charge_steps(items.size());
        return;
    }
    auto* loop = arena().make<Loop>(name.as_string(), items.size(), nullptr);
    for (std::uint64_t turn = 0; turn < items.size() && !failed(); ++turn) {
        render_isolated(*program, node, items.at(*this, turn), loop);
        loop->advance();
    }
}

void Context::render_isolated(const Program& program, const IncludeNode& node, Value variable, const Object* loop) {
    auto* const outer = frame_;
    if (outer->base + outer->scope_count > std::min(100, budget_.limits_.depth)) {
        fail("Nesting too deep");
        return;
    }
    const auto locals = scratch_.locals.size();
    outer->end_local = locals;
    auto& inner = push_frame();
    inner.base = outer->base + 1;
    inner.isolated = true;
    const auto set = [&](std::string_view key, Value value) {
        frame_ = &inner;
        assign(key, key_hash(key), value);
        frame_ = outer;
    };
    if (loop != nullptr) set("forloop", Value::object(loop));
    for (const auto& attribute : node.attributes) {
        const auto value = evaluate(attribute.value);
        if (failed()) break;
        set(attribute.key, value);
    }
    const auto name = node.name->literal.as_string();
    if (!variable.is_nil()) set(node.alias.empty() ? last_part(name) : node.alias, variable);
    if (!failed()) {
        const auto outer_name = std::exchange(template_name_, loaded_name(program));
        auto interrupts = std::exchange(scratch_.interrupts, {});
        frame_ = &inner;
        run_program(program);
        frame_ = outer;
        scratch_.interrupts = std::move(interrupts);
        if (state_ == State::interrupted && scratch_.interrupts.empty()) state_ = State::running;
        template_name_ = outer_name;
    }
    scratch_.locals.resize(locals);
    outer->end_local = SIZE_MAX;
    --scratch_.frames_used;
}

}  // namespace chapar::liquid
