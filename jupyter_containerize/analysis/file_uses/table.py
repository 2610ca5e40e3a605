"""Which functions read or write a file, and which argument names it. Adding a function is adding a name here.

A function is matched by the end of its full name: ``read_csv`` is any ``read_csv``, ``numpy.load`` only
numpy's. A name that begins with ``^`` has to be the whole name. The longest match counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_containerize.domain.notebook import FileAccess

RECEIVER = -1
"""Instead of an argument's position: the object whose method is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a call names a file.

    ``at`` are the positions that may name it, of which the first known text counts; ``names`` the same by
    keyword. ``mode`` is the position of an argument that says ``"w"`` for writing. ``sure`` is false where
    the same argument may be something else (the name of a model), so that it has to look like a path.
    ``suffix`` is what the function adds to a name without one.
    """

    access: FileAccess
    at: tuple[int, ...] = (0,)
    names: tuple[str, ...] = ()
    mode: int | None = None
    sure: bool = True
    suffix: str = ""
    folder: bool = False


_Table = dict[str, tuple[Rule, ...]]

_NAMES = (
    "file",
    "filename",
    "filepath",
    "file_path",
    "fname",
    "path",
    "path_or_buf",
    "filepath_or_buffer",
    "filepath_or_dataset",
    "path_or_buffer",
    "source",
    "io",
    "uri",
    "fp",
    "f",
    "outfile",
    "model_file",
    "model_path",
)


def _reads(functions: str, *at: int, names: tuple[str, ...] = (), sure: bool = True, mode: int | None = None) -> _Table:
    rule = Rule(access=FileAccess.READ, at=at or (0,), names=(*names, *_NAMES), sure=sure, mode=mode)
    return dict.fromkeys(functions.split(), (rule,))


def _writes(functions: str, *at: int, names: tuple[str, ...] = (), sure: bool = True, suffix: str = "") -> _Table:
    rule = Rule(access=FileAccess.WRITE, at=at or (0,), names=(*names, *_NAMES), sure=sure, suffix=suffix)
    return dict.fromkeys(functions.split(), (rule,))


def _folders(functions: str, *at: int, names: tuple[str, ...] = ()) -> _Table:
    rule = Rule(access=FileAccess.WRITE, at=at or (0,), names=(*names, "name", "path"), folder=True)
    return dict.fromkeys(functions.split(), (rule,))


def _copies(functions: str, source: tuple[str, ...], target: tuple[str, ...]) -> _Table:
    """Functions that read their first argument and write their second."""
    both = (
        Rule(access=FileAccess.READ, at=(0,), names=source),
        Rule(access=FileAccess.WRITE, at=(1,), names=target),
    )
    return dict.fromkeys(functions.split(), both)


RULES: _Table = {
    # Python's own
    **_reads("^open io.open codecs.open gzip.open bz2.open lzma.open pathlib.open smart_open.open fsspec.open", mode=1),
    **_reads("zipfile.ZipFile tarfile.open TarFile.open gzip.GzipFile bz2.BZ2File", mode=1, names=("name",)),
    **_reads("open", RECEIVER, mode=0),
    **_reads("read_bytes", RECEIVER),
    **_reads("read_text", RECEIVER, 0, names=("urlpath",)),
    **_writes("write_text write_bytes touch", RECEIVER),
    **_folders("os.mkdir os.makedirs makedirs mkdir_p"),
    **_folders("mkdir", RECEIVER, 0),
    **_reads("os.listdir os.scandir os.walk glob.glob glob.iglob", names=("pathname", "top")),
    **_reads("iterdir rglob", RECEIVER),
    **_copies("shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move", ("src",), ("dst",)),
    **_copies("os.rename os.replace", ("src",), ("dst",)),
    **_reads("shutil.unpack_archive"),
    **_reads("linecache.getlines fileinput.input runpy.run_path", names=("path_name",)),
    **_reads("ConfigParser.read", names=("filenames",)),
    # The web
    **_reads("requests.get httpx.get httpx.stream urllib.request.urlopen urllib2.urlopen urlopen", names=("url",)),
    **_copies("urlretrieve", ("url",), ("filename",)),
    **_copies("wget.download", ("url",), ("out",)),
    **_copies("gdown.download", ("url",), ("output",)),
    **_reads("get_file", 1, names=("origin",), sure=False),
    # Tables
    **_reads("read_csv read_table read_fwf read_excel read_parquet read_feather read_pickle read_stata read_sas"),
    **_reads(
        "read_spss read_orc read_xml read_html read_ipc read_ipc_stream read_ndjson read_avro read_ods read_delta"
    ),
    **_reads("read_json read_hdf read_file read_postgis_file read_dta read_sav read_xport read_gbq_file"),
    **_reads("scan_csv scan_parquet scan_ndjson scan_ipc scan_delta read_csv_arrow read_r read_tsv_file"),
    **_reads("pandas.ExcelFile load_workbook open_workbook ParquetFile fastparquet.ParquetFile ipc.open_file"),
    **_reads("pandas.HDFStore", mode=1),
    **_writes("pandas.ExcelWriter ExcelWriter xlsxwriter.Workbook"),
    **_writes("to_csv to_parquet to_pickle to_excel to_json to_hdf to_feather to_html to_latex to_markdown to_stata"),
    **_writes("to_file to_netcdf to_zarr to_xml to_orc to_disk to_textfiles to_gpkg to_ndjson"),
    **_writes("write_csv write_parquet write_json write_ipc write_ndjson write_avro write_excel write_delta"),
    **_writes("sink_parquet sink_csv sink_ipc sink_ndjson saveAsTextFile"),
    **_writes("parquet.write_table feather.write_feather csv.write_csv orc.write_table", 1, names=("where", "dest")),
    **_reads("parquet.read_table feather.read_table orc.read_table dataset.dataset arff.loadarff"),
    **_reads("read.csv read.json read.parquet read.orc read.text read.load read.avro textFile wholeTextFiles"),
    **_writes("write.csv write.json write.parquet write.orc write.text write.save write.avro"),
    # Arrays and objects
    **_reads(
        "numpy.load cupy.load numpy.loadtxt numpy.genfromtxt numpy.fromfile loadtxt genfromtxt fromfile recfromcsv"
    ),
    **_reads("numpy.memmap", mode=2),
    **_writes("savetxt tofile", names=("fid",)),
    **_writes("numpy.save cupy.save", suffix=".npy"),
    **_writes("numpy.savez numpy.savez_compressed", suffix=".npz"),
    **_reads("joblib.load sklearn.externals.joblib.load skops.io.load pandas.read_pickle compress_pickle.load"),
    **_writes("joblib.dump skops.io.dump compress_pickle.dump", 1),
    **_reads("h5py.File", mode=1, names=("name",)),
    **_reads("netCDF4.Dataset tables.open_file", mode=1),
    **_reads(
        "xarray.open_dataset xarray.load_dataset xarray.open_dataarray xarray.open_zarr open_mfdataset open_rasterio"
    ),
    **_reads("open_datatree anndata.read_h5ad scanpy.read_h5ad read_h5ad read_10x_mtx read_10x_h5 scanpy.read"),
    **_writes("write_h5ad"),
    **_reads("scipy.io.loadmat loadmat wavfile.read readsav mmread"),
    **_writes("scipy.io.savemat savemat wavfile.write mmwrite"),
    **_reads("sparse.load_npz load_npz"),
    **_writes("sparse.save_npz save_npz", suffix=".npz"),
    **_reads("zarr.open zarr.open_group zarr.open_array zarr.load", mode=1),
    **_reads("sqlite3.connect duckdb.connect", names=("database",)),
    **_reads(
        "nibabel.load SimpleITK.ReadImage pydicom.dcmread dcmread pydicom.read_file astropy.io.fits.open fits.open"
    ),
    **_writes("nibabel.save SimpleITK.WriteImage", 1),
    **_reads("rasterio.open fiona.open", mode=1),
    # Images, sound, documents
    **_reads("imread imread_collection PIL.Image.open Image.open cv2.VideoCapture load_img image.load_img mimread"),
    **_reads("VideoFileClip AudioFileClip imageio.get_reader get_reader keras.utils.load_img decord.VideoReader"),
    **_reads("IPython.display.Image IPython.display.Audio IPython.display.Video display.Image", sure=False),
    **_writes(
        "imwrite imsave mimsave savefig write_image write_html write_videofile cv2.VideoWriter write_gif get_writer"
    ),
    **_reads(
        "librosa.load soundfile.read torchaudio.load torchaudio.info AudioSegment.from_file AudioSegment.from_wav"
    ),
    **_reads("AudioSegment.from_mp3 wave.open", mode=1),
    **_writes("soundfile.write torchaudio.save"),
    **_reads("PdfReader PdfFileReader fitz.open pdfplumber.open docx.Document convert_from_path", sure=False),
    **_reads("TextLoader CSVLoader PyPDFLoader UnstructuredFileLoader DirectoryLoader PyPDFDirectoryLoader JSONLoader"),
    **_reads("SimpleDirectoryReader", names=("input_dir",)),
    **_reads("ImageFont.truetype", names=("font",), sure=False),
    # Models
    **_reads("torch.load torch.jit.load safetensors.torch.load_file load_file onnx.load onnx.load_model", names=("f",)),
    **_reads("onnxruntime.InferenceSession", names=("path_or_bytes",)),
    **_writes("torch.save torch.jit.save tf2onnx.save onnx.save onnx.save_model save_file", 1, names=("f",)),
    **_writes("torch.onnx.export", 2),
    **_reads("load_model load_weights saved_model.load lightgbm.Booster", names=("fname", "model_uri", "file_name")),
    **_reads("tensorflow.lite.Interpreter lite.Interpreter", names=("model_path",)),
    **_writes("save_weights save", sure=False),
    **_writes("save_model", 0, 1),
    **_writes("saved_model.save", 1, names=("export_dir",)),
    **_reads("from_pretrained load_from_checkpoint spacy.load from_single_file", 0, sure=False),
    **_reads("load Tokenizer.from_file from_file", 0, sure=False),
    **_writes("save_pretrained save_local save_to_disk", names=("save_directory", "folder_path", "dataset_path")),
    **_reads("load_from_disk load_local", names=("dataset_path", "folder_path")),
    **_reads("load_word2vec_format load_facebook_model fasttext.load_model load_svmlight_file load_files"),
    **_writes("save_word2vec_format dump_model"),
    **_writes("sklearn.datasets.dump_svmlight_file", 2),
    # Data sets
    **_reads("datasets.load_dataset load_dataset", 2, 3, names=("data_files", "data_dir")),
    **_reads("ImageFolder DatasetFolder ImageDataLoaders.from_folder from_folder", names=("root",)),
    **_reads("image_dataset_from_directory text_dataset_from_directory flow_from_directory", names=("directory",)),
    **_reads("audio_dataset_from_directory", names=("directory",)),
    **_reads("TFRecordDataset TextLineDataset make_csv_dataset", names=("filenames", "file_pattern")),
    **_writes("TFRecordWriter io.write_file"),
    **_reads("io.read_file gfile.Open", mode=1),
    **_reads("GFile", mode=1, names=("name",)),
}

# Spark's options stand between what is read and how: spark.read.option(...).csv("x").
SPARK_READERS = frozenset({"read", "readStream"})
SPARK_WRITERS = frozenset({"write", "writeStream"})
SPARK_FORMATS = frozenset({"csv", "json", "parquet", "orc", "text", "load", "save", "avro"})

# Creates its file, so that nothing is missing when there is none.
CREATORS = frozenset({"sqlite3.connect", "duckdb.connect"})

LAST_NAMES = frozenset(key.lstrip("^").rpartition(".")[2] for key in RULES)


def rules_for(dotted: str) -> tuple[Rule, ...]:
    """Return how a call of this full name reads or writes files; empty if it does neither as far as is known."""
    if "." not in dotted and (rules := RULES.get(f"^{dotted}")):
        return rules
    rest = dotted
    while rest:
        if rules := RULES.get(rest):
            return rules
        rest = rest.partition(".")[2]
    parts = dotted.split(".")
    if parts[-1] in SPARK_FORMATS:
        if not SPARK_READERS.isdisjoint(parts):
            return RULES.get(f"read.{parts[-1]}", ())
        if not SPARK_WRITERS.isdisjoint(parts):
            return RULES.get(f"write.{parts[-1]}", ())
    return ()
