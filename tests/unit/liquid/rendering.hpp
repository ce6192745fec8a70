#pragma once
// What the tests of the Liquid engine share.

#include "render/liquid/liquid.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace chapar::liquid {

struct Settings {
    Mode mode = Mode::lax;
    Escape escape = Escape::none;
    OnError on_error = OnError::print;
    bool strict_variables = false, strict_filters = false;
    Limits limits = {};
    std::map<std::string, std::string> partials = {};
    std::shared_ptr<const Environment> environment = nullptr;
    std::string timezone = {};
    double now = 1'700'000'000;
};

/// The output, or the error's text after "! ".
inline std::string rendered(const std::string& source, const std::string& json = "{}", const Settings& settings = {}) {
    const auto parsed = [&](const std::string& text, const std::string& name) {
        return parse(
            text,
            {.name = name, .mode = settings.mode, .escape = settings.escape, .environment = settings.environment});
    };
    const auto program = parsed(source, "");
    if (!program) return "! " + program.error().text();
    Document document;
    const auto root = document.parse(json);
    if (!root) return "! " + root.error().message();
    const Resolver partials = [&](std::string_view name) -> Outcome<std::shared_ptr<const Program>> {
        const auto found = settings.partials.find(std::string(name));
        if (found == settings.partials.end()) return nullptr;
        return parsed(found->second, found->first);
    };
    Budget budget(settings.limits);
    RenderOptions options;
    options.on_error = settings.on_error;
    options.strict_variables = settings.strict_variables;
    options.strict_filters = settings.strict_filters;
    options.budget = &budget;
    options.partials = &partials;
    options.timezone = settings.timezone;
    options.now = settings.now;
    std::string out;
    const auto done = render(**program, *root, options, out);
    return done ? out : "! " + done.error().text();
}

}  // namespace chapar::liquid
