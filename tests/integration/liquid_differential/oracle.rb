# Renders JSON lines with the Liquid gem, as `chapar render --jsonl` does with Chapar's engine.
# CHAPAR_LIQUID_REFERENCE may name the lib folder of another release of the reference.
require 'json'
require 'strscan'
unless StringScanner.method_defined?(:peek_byte) # newer releases of the gem ask for a newer strscan
  class StringScanner
    def peek_byte = string.getbyte(pos)
    def scan_byte
      byte = string.getbyte(pos)
      self.pos += 1 if byte
      byte
    end
  end
end
reference = ENV.fetch('CHAPAR_LIQUID_REFERENCE', '')
$LOAD_PATH.unshift(reference) unless reference.empty?
require 'liquid'

Templates = Struct.new(:sources) do
  def read_template_file(name)
    sources[name] || raise(Liquid::FileSystemError, "No such template '#{name}'")
  end
end

def render(line)
  files = Templates.new(line['templates'] || {})
  Liquid::Template.file_system = files if Gem::Version.new(Liquid::VERSION) < Gem::Version.new('5.6')
  template = Liquid::Template.parse(line['template'], line_numbers: true, error_mode: (line['mode'] || 'lax').to_sym)
  template.registers[:file_system] = files
  line['inline'] ? template.render(line['data'] || {}) : template.render!(line['data'] || {})
end

puts JSON.generate('version' => Liquid::VERSION)
$stdin.each_line do |text|
  line = JSON.parse(text)
  answer = begin
    { 'output' => render(line).dup.force_encoding('UTF-8').scrub }
  rescue Liquid::Error => e
    { 'error' => e.message }
  rescue StandardError => e
    { 'crash' => "#{e.class}: #{e.message[0, 200]}" }
  end
  puts JSON.generate({ 'id' => line['id'] }.merge(answer))
end
