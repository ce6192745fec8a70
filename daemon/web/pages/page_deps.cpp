#include "web/pages/page_deps.hpp"

#include <algorithm>
#include <utility>

namespace chapar::web {

std::string topic_title(const config::Settings& settings, std::string_view topic, bool is_persian) {
    const auto category = std::ranges::find(settings.categories, topic, &config::CategorySettings::name);
    if (category != settings.categories.end()) return category->title.in(is_persian);
    if (topic == "marketing") return is_persian ? "پیام‌های تبلیغاتی" : "Marketing messages";
    return std::string(topic);
}

PageSpeech speech_of(const PageDeps& deps, const config::Settings& settings, bool is_persian) {
    return {is_persian, settings.daemon.timezone, deps.clock.now()};
}

std::string preferences_path(const engage::PersonSeals& seals, const engage::PersonSeal& whom) {
    return seals.preferences_address("", whom).value_or(std::string());
}

std::string field_of(const engage::PostedForm& form, std::string_view name) {
    const auto found = std::ranges::find(form.fields, name, &std::pair<std::string, std::string>::first);
    return found == form.fields.end() ? std::string() : found->second;
}

WebAnswer plain_answer(int status, std::string body) {
    WebAnswer out;
    out.status = status;
    out.content_type = "text/plain; charset=utf-8";
    out.body = std::move(body);
    return out;
}

}  // namespace chapar::web
