// Renders every template of a folder with its sample data, in every channel and language, as the daemon would.
// usage: render_samples FOLDER OUT_DIR: writes OUT_DIR/TEMPLATE.CHANNEL[.LOCALE].json with the parts.

#include "base/json.hpp"
#include "render/catalogue.hpp"

#include <cstdio>
#include <fstream>
#include <string>

namespace {

using namespace chapar;

bool write_sample(const render::Template& loaded, const std::string& channel, const std::string& locale,
                  const std::string& sample, const std::string& out_dir) {
    render::Input input;
    input.data_json = sample;
    input.recipient_json = R"({"id":"sample"})";
    input.locale = locale;
    input.message_id = "sample";
    const auto rendered = loaded.render(channel, input);
    const std::string name = loaded.name() + "." + channel + (locale.empty() ? "" : "." + locale);
    if (!rendered) {
        std::fprintf(stderr, "%s: %s\n", name.c_str(), rendered.error().message().c_str());
        return false;
    }
    json::Writer out;
    out.begin_object();
    out.member("template", loaded.name()).member("channel", channel).member("locale", locale);
    out.member("right_to_left", rendered->right_to_left).key("parts").begin_object();
    for (const auto& [part, text] : rendered->parts)
        out.member(part, text);
    out.end_object().end_object();
    std::ofstream(out_dir + "/" + name + ".json") << out.text();
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: render_samples FOLDER OUT_DIR\n");
        return 2;
    }
    const auto catalogue = render::open_catalogue(argv[1], nullptr);
    bool fine = true;
    for (const std::string& trouble : catalogue->reload()) {
        std::fprintf(stderr, "%s\n", trouble.c_str());
        fine = false;
    }
    for (const render::TemplateInfo& info : catalogue->list()) {
        const auto loaded = catalogue->find(info.name);
        if (loaded == nullptr) continue;
        for (const render::ChannelInfo& channel : info.channels)
            for (std::size_t i = 0; i < channel.locales.size(); ++i)
                fine = write_sample(*loaded, channel.channel, channel.locales[i], channel.samples[i], argv[2]) && fine;
    }
    return fine ? 0 : 1;
}
