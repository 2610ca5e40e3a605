"""Calls whose results cannot be taken into an image: they hold something of the running process, or of its machine.

``*`` ends a name that stands for all that begin so. A name with ``..`` before its last word is called on anything that
comes from there (``pyspark.sql..getOrCreate``). The standard library's were tried with cloudpickle 3.1; so were
those of SQLAlchemy, redis, pymongo, boto3, aiohttp, httpx, duckdb, h5py, onnxruntime, pymysql, OpenCV and zmq. What
pickles after all is not here: ``requests.Session``, ``io.StringIO``, a logger, a text file opened for reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a kind of calls gives, in words, and the calls.

    ``spreads`` says that its attributes and items are of the same kind: a collection of a Mongo client. With
    ``itself`` false only what it gives in turn cannot be taken, or the thing when it was made of one: a session that
    makes clients.
    """

    words: str
    calls: tuple[str, ...]
    spreads: bool = False
    itself: bool = True


HELD: tuple[Held, ...] = (
    Held(
        words="a connection to a database",
        calls=(
            "sqlite3.connect",
            "sqlite3.dbapi2.connect",
            "psycopg2.connect",
            "psycopg.connect",
            "psycopg.Connection.connect",
            "pymysql.connect",
            "MySQLdb.connect",
            "mysql.connector.connect",
            "mysql.connector.MySQLConnection",
            "mariadb.connect",
            "pyodbc.connect",
            "pypyodbc.connect",
            "cx_Oracle.connect",
            "oracledb.connect",
            "pymssql.connect",
            "ibm_db.connect",
            "duckdb.connect",
            "snowflake.connector.connect",
            "redshift_connector.connect",
            "clickhouse_connect.get_client",
            "databricks.sql.connect",
            "pyhive.hive.connect",
            "trino.dbapi.connect",
            "prestodb.dbapi.connect",
            "teradatasql.connect",
            "asyncpg.connect",
            "asyncpg.create_pool",
            "aiosqlite.connect",
            "jaydebeapi.connect",
            "sqlalchemy.create_engine",
            "sqlalchemy.engine.create_engine",
            "sqlalchemy.ext.asyncio.create_async_engine",
            "sqlalchemy.orm.Session",
            "sqlmodel.create_engine",
            "sqlmodel.Session",
            "neo4j.GraphDatabase.driver",
            "cassandra.cluster.Cluster",
            "influxdb_client.InfluxDBClient",
        ),
    ),
    Held(
        words="a connection to a data store",
        spreads=True,
        calls=(
            "pymongo.MongoClient",
            "pymongo.mongo_client.MongoClient",
            "motor.motor_asyncio.AsyncIOMotorClient",
            "redis.Redis",
            "redis.StrictRedis",
            "redis.from_url",
            "redis.Redis.from_url",
            "redis.ConnectionPool",
            "redis.asyncio.Redis",
            "pymemcache.client.base.Client",
            "elasticsearch.Elasticsearch",
            "opensearchpy.OpenSearch",
            "kafka.KafkaProducer",
            "kafka.KafkaConsumer",
            "confluent_kafka.Producer",
            "confluent_kafka.Consumer",
            "pika.BlockingConnection",
            "paho.mqtt.client.Client",
            "chromadb.Client",
            "chromadb.PersistentClient",
            "chromadb.HttpClient",
            "qdrant_client.QdrantClient",
            "weaviate.Client",
            "weaviate.connect_to_*",
            "pinecone.Pinecone",
        ),
    ),
    Held(
        words="a client of a cloud service",
        spreads=True,
        calls=(
            "boto3.client",
            "boto3.resource",
            "sagemaker.Session",
            "google.cloud.bigquery.Client",
            "google.cloud.storage.Client",
            "google.cloud.firestore.Client",
            "google.cloud.pubsub_v1.*",
            "azure.storage.blob.BlobServiceClient",
            "azure.storage.blob.BlobServiceClient.from_connection_string",
            "minio.Minio",
        ),
    ),
    Held(
        words="a client of a cloud service",
        itself=False,
        calls=("boto3.Session", "boto3.session.Session", "aioboto3.Session"),
    ),
    Held(
        words="a connection to a database",
        itself=False,
        calls=("sqlalchemy.orm.sessionmaker", "sqlalchemy.orm.scoped_session"),
    ),
    Held(
        words="a client of a model service",
        calls=(
            "openai.OpenAI",
            "openai.AsyncOpenAI",
            "openai.AzureOpenAI",
            "openai.AsyncAzureOpenAI",
            "anthropic.Anthropic",
            "anthropic.AsyncAnthropic",
            "google.genai.Client",
            "groq.Groq",
            "cohere.Client",
            "cohere.ClientV2",
            "mistralai.Mistral",
            "ollama.Client",
        ),
    ),
    Held(
        words="a network connection",
        calls=(
            "socket.socket",
            "socket.create_connection",
            "socket.create_server",
            "ssl.create_default_context",
            "ssl.SSLContext",
            "http.client.HTTPSConnection",
            "urllib.request.urlopen",
            "http.cookiejar.CookieJar",
            "httpx.Client",
            "httpx.AsyncClient",
            "aiohttp.ClientSession",
            "grpc.insecure_channel",
            "grpc.secure_channel",
            "grpc.aio.insecure_channel",
            "websocket.create_connection",
            "websocket.WebSocketApp",
            "websockets.connect",
            "paramiko.SSHClient",
            "zmq.Context",
            "zmq.Context.instance",
            "tornado.httpclient.AsyncHTTPClient",
        ),
    ),
    Held(
        words="a browser",
        calls=("selenium.webdriver.*", "playwright.sync_api.sync_playwright", "undetected_chromedriver.Chrome"),
    ),
    Held(
        words="a lock or another thing of threads",
        calls=(
            "threading.Lock",
            "threading.RLock",
            "threading.Condition",
            "threading.Event",
            "threading.Semaphore",
            "threading.BoundedSemaphore",
            "threading.Barrier",
            "threading.Thread",
            "threading.Timer",
            "threading.local",
            "queue.Queue",
            "queue.LifoQueue",
            "queue.PriorityQueue",
            "queue.SimpleQueue",
            "concurrent.futures.ThreadPoolExecutor",
            "concurrent.futures.ProcessPoolExecutor",
            "concurrent.futures.thread.ThreadPoolExecutor",
            "concurrent.futures.process.ProcessPoolExecutor",
            "concurrent.futures.Future",
            "contextvars.ContextVar",
            "sched.scheduler",
            "joblib.Parallel",
        ),
    ),
    Held(
        words="a process, or what processes share",
        calls=(
            "subprocess.Popen",
            "os.popen",
            "multiprocessing.Pool",
            "multiprocessing.pool.Pool",
            "multiprocessing.pool.ThreadPool",
            "multiprocessing.Process",
            "multiprocessing.Lock",
            "multiprocessing.RLock",
            "multiprocessing.Event",
            "multiprocessing.Semaphore",
            "multiprocessing.Queue",
            "multiprocessing.Manager",
            "multiprocessing.Value",
            "multiprocessing.Array",
        ),
    ),
    Held(
        words="an event loop",
        calls=(
            "asyncio.get_event_loop",
            "asyncio.new_event_loop",
            "asyncio.get_running_loop",
            "asyncio.create_task",
            "asyncio.ensure_future",
        ),
    ),
    Held(
        words="an open file",
        calls=(
            "io.open",
            "open",
            "gzip.open",
            "gzip.GzipFile",
            "bz2.open",
            "bz2.BZ2File",
            "lzma.open",
            "lzma.LZMAFile",
            "zipfile.ZipFile",
            "tarfile.open",
            "tarfile.TarFile.open",
            "tempfile.NamedTemporaryFile",
            "tempfile.TemporaryFile",
            "mmap.mmap",
            "csv.reader",
            "csv.writer",
            "csv.DictReader",
            "csv.DictWriter",
            "h5py.File",
            "tables.open_file",
            "netCDF4.Dataset",
            "rasterio.open",
            "fiona.open",
            "os.scandir",
            "logging.StreamHandler",
            "logging.FileHandler",
            "logging.handlers.*",
            "selectors.DefaultSelector",
        ),
    ),
    Held(
        words="an iterator that cannot be copied",
        calls=("os.walk", "glob.iglob", "re.finditer", "xml.etree.ElementTree.iterparse"),
    ),
    Held(
        words="a hash that is being computed", calls=("hashlib.*", "hmac.new", "zlib.compressobj", "zlib.decompressobj")
    ),
    Held(words="the operating system's random source", calls=("random.SystemRandom", "secrets.SystemRandom")),
    Held(
        words="a weak reference",
        calls=("weakref.ref", "weakref.WeakValueDictionary", "weakref.WeakKeyDictionary"),
    ),
    Held(
        words="a session of a cluster",
        spreads=True,
        calls=(
            "pyspark.sql..getOrCreate",
            "pyspark..getOrCreate",
            "pyspark.SparkContext",
            "dask.distributed.Client",
            "distributed.Client",
        ),
    ),
    Held(
        words="a session of a runtime outside of Python",
        calls=(
            "tensorflow.Session",
            "tensorflow.compat.v1.Session",
            "tensorflow.InteractiveSession",
            "tensorflow.lite.Interpreter",
            "tflite_runtime.interpreter.Interpreter",
            "tensorflow.saved_model.load",
            "tensorflow.summary.create_file_writer",
            "torch.utils.tensorboard.SummaryWriter",
            "tensorboardX.SummaryWriter",
            "onnxruntime.InferenceSession",
            "torch.jit.script",
            "torch.jit.trace",
            "torch.jit.load",
            "cv2.VideoCapture",
            "cv2.VideoWriter",
            "cv2.CascadeClassifier",
            "cv2.dnn.*",
            "cv2.SIFT_create",
            "cv2.ORB_create",
            "cv2.BFMatcher",
            "cv2.createCLAHE",
            "cv2.createBackgroundSubtractor*",
        ),
    ),
)

# What these methods give, of what is held, is held too: a cursor of a connection.
DERIVING = frozenset({
    "Bucket", "Queue", "Table", "acquire", "begin", "bucket", "client", "collection", "connect", "cursor", "database",
    "get_bucket",
    "get_collection", "get_database", "makefile", "pipeline", "pubsub", "raw_connection", "resource", "session",
})  # fmt: skip


def table() -> Mapping[str, Held]:
    """Return the kinds by the name of the call, without those that are patterns."""
    return {call: kind for kind in HELD for call in kind.calls}
