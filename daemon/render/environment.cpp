#include "render/environment.hpp"

#include "render/blocks.hpp"
#include "render/l10n/filters.hpp"
#include "render/l10n/language.hpp"
#include "render/liquid/context.hpp"

#include <string>
#include <string_view>

namespace chapar::render {

namespace {

void abort_message(liquid::Context& context, liquid::Value reason) {
    const std::string_view text = context.text_of(reason);
    context.stop(text.empty() ? "the template aborted the message" : std::string(text));
}

/// `{{ url | short }}`: a short link where the channel has them, else the address itself.
liquid::Value shortened(liquid::Call& call, liquid::Value input) {
    const auto* shorten = language_of(call.context).shorten;
    const std::string_view address = call.context.text_of(input);
    if (shorten == nullptr || address.empty()) return input;
    return call.context.string((*shorten)(address), input.is_string() ? input.mark() : liquid::Mark::plain);
}

std::shared_ptr<const liquid::Environment> make_environment() {
    auto environment = std::make_shared<liquid::Environment>();
    add_text_filters(*environment);
    add_number_filters(*environment);
    add_date_filters(*environment);
    add_translation_filters(*environment);
    environment->add_filter("short", 0, 0, shortened);
    environment->add_tag("abort_message", abort_message);
    environment->add_tag("content_for", open_block);
    environment->add_tag("endcontent_for", close_block);
    return environment;
}

}  // namespace

std::shared_ptr<const liquid::Environment> message_environment() {
    static const std::shared_ptr<const liquid::Environment> environment = make_environment();
    return environment;
}

}  // namespace chapar::render
