// Renders bench/mail/mail.tpl with ctemplate: render_ctemplate TEMPLATE - SECONDS OUTPUT. The values are those of
// mail.json, texts already, as ctemplate wants them.
#include "support/measure.hpp"

#include <ctemplate/template.h>
#include <ctemplate/template_cache.h>
#include <ctemplate/template_modifiers.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace {
using ctemplate::ExpandEmitter;
using ctemplate::PerExpandData;

struct Capitalize : ctemplate::TemplateModifier {
    void Modify(const char* in, std::size_t size, const PerExpandData*, ExpandEmitter* out,
                const std::string&) const override {
        const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
        for (std::size_t i = 0; i < size; ++i)
            out->Emit(i == 0 ? upper(in[i]) : lower(in[i]));
    }
};
struct Truncate : ctemplate::TemplateModifier {
    void Modify(const char* in, std::size_t size, const PerExpandData*, ExpandEmitter* out,
                const std::string& arg) const override {
        const auto most = static_cast<std::size_t>(std::atoi(arg.c_str() + 1));
        if (size <= most) return out->Emit(in, size);
        out->Emit(in, most - 3);
        out->Emit("...", 3);
    }
};

constexpr std::array<std::pair<const char*, const char*>, 11> values = {{
    {"LOCALE", "en"},
    {"SUBJECT", "Your cart & your code"},
    {"FIRST_NAME", "sara"},
    {"SHOP_NAME", "Bread & Roses"},
    {"SHOP_ADDRESS", "12 \"Garden\" Street <north>, third floor, left"},
    {"COUPON", "SPRING20"},
    {"DISCOUNT", "20"},
    {"DEADLINE", "Friday"},
    {"TOTAL", "71.15"},
    {"CART_URL", "https://shop.example/cart?id=8f2c&s=mail"},
    {"UNSUBSCRIBE_URL", "https://shop.example/u/8f2c"},
}};
constexpr std::array<std::pair<const char*, const char*>, 5> items = {{
    {"Rye bread", "4.5"},
    {"Rose water", "12"},
    {"Saffron <5g>", "38.25"},
    {"Baker's honey", "9"},
    {"Tea", "7.4"},
}};

void fill(ctemplate::TemplateDictionary& data) {
    for (const auto& [name, value] : values)
        data.SetValue(name, value);
    data.ShowSection("VIP");
    for (const auto& [title, price] : items) {
        auto* item = data.AddSectionDictionary("ITEM");
        item->SetValue("TITLE", title);
        item->SetValue("PRICE", price);
    }
}
}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    const auto source = measure::text_of(argv[1]);
    const double seconds = std::atof(argv[3]);
    const Capitalize capitalize;
    const Truncate truncate;
    ctemplate::AddModifier("x-capitalize", &capitalize);
    ctemplate::AddModifier("x-truncate=", &truncate);
    const auto parsed = [&] {
        return std::unique_ptr<ctemplate::Template>(
            ctemplate::Template::StringToTemplate(source, ctemplate::DO_NOT_STRIP));
    };
    const auto page = parsed();
    if (page == nullptr) return 1;
    ctemplate::TemplateDictionary data("mail");
    fill(data);
    std::string out;
    const auto render_cost = measure::cost_of(seconds, [&] {
        out.clear();
        if (!page->Expand(&out, &data)) std::abort();
    });
    const auto parse_cost = measure::cost_of(seconds / 4, [&] {
        if (!parsed()) std::abort();
    });
    const auto data_cost = measure::cost_of(seconds / 4, [&] {
        ctemplate::TemplateDictionary other("mail");
        fill(other);
    });
    measure::report(render_cost, parse_cost, data_cost, out, argv[4]);
    return 0;
}
