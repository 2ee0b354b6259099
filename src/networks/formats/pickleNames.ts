/** Names that no checkpoint needs and that harmful pickles use. A file with one of them is refused. */

/** Modules that run commands, load code, or open files and connections, with their submodules. */
const MODULES: ReadonlySet<string> = new Set([
  ...["os", "posix", "nt", "sys", "subprocess", "_posixsubprocess", "commands", "popen2", "pty", "shutil", "tempfile", "pickle"],
  ...["io", "_io", "_pyio", "socket", "_socket", "ssl", "http", "urllib", "urllib2", "httplib", "requests", "aiohttp", "asyncio"],
  ...["ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc", "webbrowser", "runpy", "code", "codeop", "bdb", "pdb"],
  ...["cProfile", "profile", "trace", "timeit", "doctest", "imp", "importlib", "_frozen_importlib", "pkgutil", "zipimport"],
  ...["ctypes", "_ctypes", "cffi", "mmap", "marshal", "_pickle", "cPickle", "shelve", "pip", "ensurepip", "venv", "distutils"],
  ...["pydoc", "signal", "_signal", "_thread", "thread", "atexit", "builtins", "__builtin__", "operator", "_operator", "types"],
  ...["fileinput", "linecache", "winreg", "_winreg", "msvcrt", "idlelib", "lib2to3", "nose", "pytest", "bottle"],
  ...["torch.hub", "torch.jit", "torch.utils.cpp_extension", "torch.utils.collect_env", "torch.serialization", "torch.package"],
  ...["numpy.testing", "numpy.f2py", "numpy.distutils"],
]);

const BUILTINS =
  "set frozenset bytearray bytes complex dict list tuple int long float bool str unicode slice range xrange object type property " +
  "NotImplemented Ellipsis len max min sum abs round sorted getattr";

/** Harmless names in those modules. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...BUILTINS.split(" ").flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
  ...["io.BytesIO", "io.StringIO", "_io.BytesIO", "_io.StringIO", "torch.serialization._get_layout"],
  ...["types.SimpleNamespace", "types.MappingProxyType", "types.MethodType", "types.GenericAlias", "types.NoneType"],
  ...["operator.itemgetter", "operator.attrgetter", "_operator.itemgetter", "_operator.attrgetter"],
]);

/** Functions elsewhere that run code or read files. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  ...["torch.load", "torch.save", "torch.compile", "torch.storage._load_from_file", "numpy.load", "numpy.save", "numpy.fromfile"],
  ...["numpy.loadtxt", "numpy.genfromtxt", "numpy.memmap", "pandas.read_pickle", "pandas.eval", "joblib.load", "dill.loads"],
  ...["dill.load", "cloudpickle.load", "cloudpickle.loads"],
]);

/** Names that run code in any module. */
const ANYWHERE: ReadonlySet<string> = new Set(
  "system popen exec execfile eval __import__ import_module exec_module load_module Popen check_output check_call".split(" "),
);

/** Whether a checkpoint must not refer to a class or function of this name. */
export function isForbidden(module: string, name: string): boolean {
  const full = `${module}.${name}`;
  const parts = full.split(".");
  const within = parts.some((_, i) => MODULES.has(parts.slice(0, i + 1).join(".")));
  const exception = parts.length === 2 && /(Error|Exception|Warning)$/.test(name);
  return (within && !HARMLESS.has(full) && !exception) || FUNCTIONS.has(full) || parts.some((part) => ANYWHERE.has(part));
}
