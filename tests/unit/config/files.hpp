#pragma once
// A scratch folder of configuration files.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "config/load.hpp"

namespace chapar::config {

class Files : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "chapar-config-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory = name;
        main = directory + "/chapar.toml";
        std::filesystem::create_directory(directory + "/conf.d");
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    std::string put(const std::string& name, const std::string& text) const {
        const auto path = directory + "/" + name;
        std::filesystem::remove(path);  // ext4 would flush a file that is truncated and written anew
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    Loaded with(const std::string& text) const {
        put("chapar.toml", text);
        return read(main);
    }
    /// The problems of `text` without the folder in front, one a line.
    std::string said(const std::string& text) const {
        std::string all;
        for (const auto& problem : with(text).problems)
            all += without_folder(problem.sentence()) + "\n";
        return all;
    }
    std::string without_folder(std::string text) const {
        for (auto at = text.find(directory + "/"); at != std::string::npos; at = text.find(directory + "/")) {
            text.erase(at, directory.size() + 1);
        }
        return text;
    }
    std::string directory, main;
};

}  // namespace chapar::config
